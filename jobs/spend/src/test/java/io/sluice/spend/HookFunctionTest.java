package io.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.hooks.HookSign;
import io.sluice.core.hooks.HooksInUse;
import io.sluice.schema.Alert;
import io.sluice.schema.Codec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.co.CoBroadcastWithKeyedOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedBroadcastOperatorTestHarness;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HookFunctionTest {
    private static final long START = 1_795_600_000_000_000L;
    private static final long SECOND = 1_000_000;

    @SuppressWarnings("NullAway.Init")
    private KeyedBroadcastOperatorTestHarness<String, HookSign, HookSign, byte[]> harness;

    private final List<String> told = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        harness = harness();
        harness.open();
    }

    @AfterEach
    void close() throws Exception {
        harness.close();
    }

    private static KeyedBroadcastOperatorTestHarness<String, HookSign, HookSign, byte[]> harness() throws Exception {
        return new KeyedBroadcastOperatorTestHarness<>(
                new CoBroadcastWithKeyedOperator<>(new HookFunction(), List.of(HookFunction.IN_USE)),
                HookFunction::key,
                Types.STRING,
                1,
                1,
                0);
    }

    private void restore() throws Exception {
        OperatorSubtaskState state = harness.snapshot(1, 1);
        harness.close();
        harness = harness();
        harness.initializeState(state);
        harness.open();
    }

    private int sessions() {
        return ((AbstractKeyedStateBackend<?>)
                        ((AbstractStreamOperator<?>) harness.getOperator()).getKeyedStateBackend())
                .numKeyValueStateEntries();
    }

    private static HookSign sign(String org, HookSign.Kind kind, String session, long second) {
        return new HookSign(
                org,
                session,
                kind,
                "p-" + session,
                "e-" + session,
                START + second * SECOND,
                "kim@example.com",
                List.of());
    }

    private void prompt(String org, String session, long second) throws Exception {
        harness.processElement(new StreamRecord<>(sign(org, HookSign.Kind.PROMPT, session, second)));
    }

    /** As the job does: by session, and to all. */
    private void call(String org, String session, long second) throws Exception {
        HookSign sign = sign(org, HookSign.Kind.CALLED, session, second);
        harness.processElement(new StreamRecord<>(sign));
        harness.processBroadcastElement(new StreamRecord<>(sign));
    }

    private void time(Duration since) throws Exception {
        Watermark mark = new Watermark(START / 1000 + since.toMillis());
        harness.processWatermark(mark);
        harness.processBroadcastWatermark(mark);
        for (byte[] value : harness.extractOutputValues()) {
            Alert alert = Codec.of(Alert.class).decode(value);
            told.add(alert.getOrgId()
                    + ' '
                    + alert.getKind()
                    + ' '
                    + alert.getStatus()
                    + ' '
                    + alert.getScopeId()
                    + ' '
                    + alert.getUser()
                    + ' '
                    + alert.getCrossingEventId()
                    + ' '
                    + (alert.getAt() - START) / SECOND);
        }
        harness.getOutput().clear();
    }

    @ParameterizedTest(name = "restored in between: {0}")
    @ValueSource(booleans = {false, true})
    void aPromptThatNobodyWasAskedAboutIsTold(boolean restored) throws Exception {
        call("acme", "s-1", 0);
        prompt("acme", "s-1", 1);
        prompt("acme", "s-2", 2);
        prompt("beta", "s-3", 3);
        if (restored) {
            restore();
        }
        time(Duration.ofSeconds(121));
        assertThat(told).isEmpty();
        if (restored) {
            restore();
        }
        time(Duration.ofSeconds(130));
        assertThat(told).containsExactly("acme prompt-without-hook firing s-2 kim@example.com e-s-2 122");
        call("acme", "s-2", 140);
        time(Duration.ofSeconds(150));
        assertThat(told).hasSize(2).last().isEqualTo("acme prompt-without-hook resolved s-2 kim@example.com e-s-2 140");
    }

    @Test
    void aSessionIsForgottenADayAfterItsLastSign() throws Exception {
        call("acme", "s-1", 0);
        prompt("acme", "s-1", 1);
        prompt("acme", "s-2", 2);
        time(Duration.ofDays(1));
        assertThat(sessions()).isEqualTo(2);
        time(Duration.ofDays(1).plusSeconds(3));
        assertThat(sessions()).isZero();
        assertThat(harness.numEventTimeTimers()).isZero();
    }

    @Test
    void whatIsSentAndKeptNeedsNoKryo() {
        PojoTestUtils.assertSerializedAsPojoWithoutKryo(HookSign.class);
        PojoTestUtils.assertSerializedAsPojoWithoutKryo(HooksInUse.class);
        PojoTestUtils.assertSerializedAsPojoWithoutKryo(HookFunction.Session.class);
    }
}
