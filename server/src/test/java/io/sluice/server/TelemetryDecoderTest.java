package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.HttpData;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.LedgerEntry;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecordBase;
import org.junit.jupiter.api.Test;

class TelemetryDecoderTest {
    private static final String PROMPT = """
            {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"attributes": [
              {"key": "event.name", "value": {"stringValue": "user_prompt"}},
              {"key": "session.id", "value": {"stringValue": "s1"}},
              {"key": "prompt", "value": {"stringValue": "the plan is secret"}}]}]}]}]}
            """;

    private static List<SpecificRecordBase> decode(Predicate<String> keepsContent) throws IOException {
        List<SpecificRecordBase> sent = new ArrayList<>();
        new TelemetryDecoder(Clock.systemUTC(), 1 << 20, keepsContent)
                .decode(
                        Signal.LOGS,
                        new Ingest.Body(HttpData.ofUtf8(PROMPT), Ingest.Encoding.JSON, false),
                        new AccessFixture().caller("acme", Scope.INGEST),
                        false,
                        new ByteBudget(1 << 20).open(),
                        (topic, key, message) -> sent.add(message));
        return sent;
    }

    @Test
    void messagesOfAnOrganizationThatKeepsThemAreStored() throws IOException {
        assertThat(decode("acme"::equals))
                .hasSize(2)
                .anySatisfy(message -> assertThat(message)
                        .isInstanceOfSatisfying(
                                ContentEvent.class,
                                content -> assertThat(content.getText()).isEqualTo("the plan is secret")));
    }

    @Test
    void messagesOfOthersAreDroppedAndCounted() throws IOException {
        List<SpecificRecordBase> sent = decode("globex"::equals);
        assertThat(sent).hasSize(2).noneMatch(message -> message.toString().contains("secret"));
        assertThat(sent.get(0)).isInstanceOf(ActivityEvent.class);
        assertThat(sent.get(1)).isInstanceOfSatisfying(LedgerEntry.class, entry -> {
            assertThat(entry.getReceived()).isEqualTo(1);
            assertThat(entry.getIgnored()).isEqualTo(1);
        });
    }

    @Test
    void whoseKeepingIsNotKnownHasToTryAgain() {
        List<SpecificRecordBase> sent = new ArrayList<>();
        assertThatThrownBy(() -> sent.addAll(decode(orgId -> {
                    throw new Refusal(Refusal.Kind.UNAVAILABLE, "the directory is not loaded yet, try again");
                })))
                .extracting("kind")
                .isEqualTo(Refusal.Kind.UNAVAILABLE);
        assertThat(sent).isEmpty();
    }
}
