package io.sluice.core.spend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.spend.UsageView.Text;
import io.sluice.schema.Actor;
import io.sluice.schema.Codec;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read in place is what the generated code decodes; a field that is added and forgotten here fails. */
class UsageViewTest {
    static LongStream seeds() {
        return LongStream.rangeClosed(1, 200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void readsWhatWasWritten(long seed) throws IOException {
        UsageEvent event = event(new Random(seed));
        UsageView view = new UsageView();
        view.read(Codec.encode(event));
        assertThat(view.text(Text.ORG_ID)).isEqualTo(event.getOrgId());
        assertThat(view.text(Text.EVENT_ID)).isEqualTo(event.getEventId());
        assertThat(view.occurredAtMicros()).isEqualTo(event.getOccurredAt());
        assertThat(view.receivedAtMicros()).isEqualTo(event.getReceivedAt());
        assertThat(view.text(Text.SOURCE)).isEqualTo(event.getSource());
        assertThat(view.historical()).isEqualTo(event.getHistorical());
        assertThat(view.text(Text.EMAIL)).isEqualTo(event.getActor().getEmail());
        assertThat(view.text(Text.ACCOUNT_ID)).isEqualTo(event.getActor().getAccountId());
        assertThat(view.text(Text.INSTALLATION_ID)).isEqualTo(event.getActor().getInstallationId());
        assertThat(view.text(Text.SESSION_ID)).isEqualTo(event.getSessionId());
        assertThat(view.sequence()).isEqualTo(event.getSequence() == null ? -1 : event.getSequence());
        assertThat(view.text(Text.REQUEST_ID)).isEqualTo(event.getRequestId());
        assertThat(view.text(Text.CLIENT_REQUEST_ID)).isEqualTo(event.getClientRequestId());
        assertThat(view.text(Text.MESSAGE_ID)).isEqualTo(event.getMessageId());
        assertThat(view.sidechain).isEqualTo(event.getSidechain());
        assertThat(view.text(Text.MODEL)).isEqualTo(event.getModel());
        assertThat(view.text(Text.PRODUCT)).isEqualTo(event.getProduct());
        assertThat(view.inputTokens).isEqualTo(event.getInputTokens());
        assertThat(view.outputTokens).isEqualTo(event.getOutputTokens());
        assertThat(view.cacheReadTokens).isEqualTo(event.getCacheReadTokens());
        assertThat(view.cacheCreationTokens).isEqualTo(event.getCacheCreationTokens());
        assertThat(view.cacheCreation5mTokens).isEqualTo(event.getCacheCreation5mTokens());
        assertThat(view.cacheCreation1hTokens).isEqualTo(event.getCacheCreation1hTokens());
        assertThat(view.webSearchRequests).isEqualTo(event.getWebSearchRequests());
        assertThat(view.fast).isEqualTo(event.getFast());
        assertThat(view.batch).isEqualTo(event.getBatch());
        assertThat(view.text(Text.INFERENCE_GEO)).isEqualTo(event.getInferenceGeo());
        assertThat(view.hasReportedMicros ? Long.valueOf(view.reportedMicros) : null)
                .isEqualTo(event.getReportedCostMicros());
        assertThat(view.hasReportedUsd ? Double.valueOf(view.reportedUsd) : null)
                .isEqualTo(event.getReportedCostUsd());
        assertThat(view.text(Text.TEAM)).isEqualTo(event.getTeam());
        assertThat(view.text(Text.REPOSITORY)).isEqualTo(event.getRepository());
        assertThat(view.text(Text.MCP_SERVER)).isEqualTo(event.getMcpServer());
        assertThat(view.text(Text.SKILL)).isEqualTo(event.getSkill());
        assertThat(view.text(Text.AGENT)).isEqualTo(event.getAgent());
        assertThat(view.text(Text.QUERY_SOURCE)).isEqualTo(event.getQuerySource());
        assertThat(view.text(Text.PROMPT_ID)).isEqualTo(event.getPromptId());
        assertThat(view.text(Text.TERMINAL)).isEqualTo(event.getTerminal());
        assertThat(view.remote).isEqualTo(event.getRemote());
    }

    /** Cells of events and of counters, and those that were read back, are the same if they say the same. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void dimensionsAreEncodedInPlaceAsTheyAreElsewhere(long seed) throws IOException {
        UsageEvent event = event(new Random(seed));
        Usage usage = new Usage(PriceBook.bundled(), Duration.ofDays(35));
        usage.read(Codec.encode(event));
        Dimensions expected = new Dimensions(
                event.getOrgId(),
                Users.key(event.getActor()),
                event.getTeam() == null ? Users.UNASSIGNED : event.getTeam(),
                PriceBook.groupName(event.getModel()),
                event.getProduct(),
                event.getRepository(),
                event.getMcpServer(),
                event.getSkill(),
                event.getTerminal(),
                event.getRemote());
        byte[] encoded = usage.report().cell().encoded();
        assertThat(encoded).isEqualTo(expected.encode());
        assertThat(Dimensions.decode(expected.encode())).isEqualTo(expected);
    }

    /** Whatever the bytes, the answer is an event or an exception that the job expects. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void damagedValuesAreRefused(long seed) {
        Random random = new Random(seed);
        byte[] value = Codec.encode(event(random));
        Usage usage = new Usage(PriceBook.bundled(), Duration.ofDays(35));
        byte[] longer = Arrays.copyOf(value, value.length + 1);
        assertThatThrownBy(() -> usage.read(longer)).isInstanceOf(IOException.class);
        byte[] cut = Arrays.copyOf(value, random.nextInt(value.length));
        assertThatThrownBy(() -> usage.read(cut))
                .as("seed %d, cut at %d", seed, cut.length)
                .isInstanceOfAny(IOException.class, RuntimeException.class);
        for (int i = 0; i < 100; i++) {
            byte[] damaged = value.clone();
            damaged[10 + random.nextInt(damaged.length - 10)] = (byte) random.nextInt(256);
            try {
                usage.read(damaged);
                // What is let through here is decoded in full later, for its document.
                assertThatCode(() -> Codec.of(UsageEvent.class).decode(damaged))
                        .as("seed %d", seed)
                        .doesNotThrowAnyException();
            } catch (IOException | RuntimeException e) {
                assertThat(e).isNotInstanceOf(NullPointerException.class);
            }
        }
    }

    @Test
    void valuesOfOtherSchemasAreRefused() {
        assertThatThrownBy(() ->
                        new UsageView().read(Codec.encode(Actor.newBuilder().build())))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> new UsageView().read(new byte[0])).isInstanceOf(IOException.class);
    }

    private static UsageEvent event(Random random) {
        Map<String, String> attributes = new HashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            attributes.put(text(random), text(random));
        }
        return UsageEvent.newBuilder()
                .setOrgId(text(random))
                .setEventId(text(random))
                .setOccurredAt(1_700_000_000_000_000L + random.nextInt())
                .setReceivedAt(1_700_000_000_000_000L + random.nextInt())
                .setSource(text(random))
                .setHistorical(random.nextBoolean())
                .setActor(Actor.newBuilder()
                        .setEmail(maybe(random))
                        .setAccountId(maybe(random))
                        .setInstallationId(maybe(random))
                        .build())
                .setSessionId(maybe(random))
                .setSequence(random.nextBoolean() ? random.nextLong(1000) : null)
                .setRequestId(maybe(random))
                .setClientRequestId(maybe(random))
                .setMessageId(maybe(random))
                .setSidechain(random.nextBoolean())
                .setModel(text(random))
                .setProduct(text(random))
                .setInputTokens(random.nextInt(1_000_000_000))
                .setOutputTokens(random.nextInt(100))
                .setCacheReadTokens(random.nextInt(1_000_000))
                .setCacheCreationTokens(random.nextInt(1_000_000))
                .setCacheCreation5mTokens(random.nextInt(10))
                .setCacheCreation1hTokens(random.nextInt(10))
                .setWebSearchRequests(random.nextInt(10))
                .setFast(random.nextBoolean())
                .setBatch(random.nextBoolean())
                .setInferenceGeo(maybe(random))
                .setReportedCostMicros(random.nextBoolean() ? random.nextLong() : null)
                .setReportedCostUsd(random.nextBoolean() ? random.nextDouble() : null)
                .setTeam(maybe(random))
                .setRepository(maybe(random))
                .setMcpServer(maybe(random))
                .setSkill(maybe(random))
                .setAgent(maybe(random))
                .setQuerySource(maybe(random))
                .setPromptId(maybe(random))
                .setTerminal(maybe(random))
                .setRemote(random.nextBoolean())
                .setAttributes(attributes)
                .build();
    }

    private static @Nullable String maybe(Random random) {
        return random.nextBoolean() ? text(random) : null;
    }

    private static String text(Random random) {
        String[] alphabet = {"a", "b", "]", "[1m]", "ü", "\uD83D\uDE00", ""};
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(80); i > 0; i--) {
            text.append(alphabet[random.nextInt(alphabet.length)]);
        }
        return text.toString();
    }
}
