package io.sluice.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Broken bytes end in a result or in one of the two checked exceptions; nothing else, and soon. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FuzzTest {
    private static final int MUTATIONS_PER_BODY = 60;

    /** Bytes that mean something to one of the parsers. */
    private static final byte[] TELLING = "{}[]\",:\\-+.eE0123456789untf\u0000\n".getBytes(StandardCharsets.US_ASCII);

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 20_261_123})
    void brokenBodies(long seed) throws IOException {
        Random random = new Random(seed);
        int accepted = 0;
        int refused = 0;
        for (Capture.Body body : bodies(random)) {
            for (int i = 0; i < MUTATIONS_PER_BODY; i++) {
                byte[] broken = mutate(body.bytes(), random);
                try {
                    decode(body, broken);
                    accepted++;
                } catch (OtlpFormatException e) {
                    assertThat(e).hasMessageContaining(" (expected: ").hasNoCause();
                    refused++;
                } catch (InvalidProtocolBufferException e) {
                    refused++;
                } catch (RuntimeException | StackOverflowError e) {
                    fail("seed " + seed + ", " + body.file() + ", mutation " + i + ": " + Arrays.toString(broken), e);
                }
            }
        }
        assertThat(accepted).as("seed %d", seed).isGreaterThan(50);
        assertThat(refused).as("seed %d", seed).isGreaterThan(50);
    }

    private static List<Capture.Body> bodies(Random random) throws IOException {
        List<Capture.Body> bodies = new ArrayList<>();
        for (String capture : List.of("mcp", "blocked-prompt", "protobuf", "cumulative")) {
            for (Capture.Body body : Capture.of(capture).bodies()) {
                bodies.add(body);
                if (body.isJson() && body.isLogs()) {
                    bodies.add(new Capture.Body(
                            "re-encoded-logs.pb", OtlpJson.logs(body.bytes()).toByteArray()));
                }
            }
        }
        RandomMessages messages = new RandomMessages(random);
        OtlpJsonPrinter printer = new OtlpJsonPrinter(random);
        for (int i = 0; i < 20; i++) {
            ExportMetricsServiceRequest metrics = messages.like(ExportMetricsServiceRequest.getDefaultInstance());
            bodies.add(new Capture.Body("random-metrics.pb", metrics.toByteArray()));
            bodies.add(new Capture.Body("random-metrics.json", printer.print(metrics)));
        }
        return bodies;
    }

    private static void decode(Capture.Body body, byte[] bytes) throws IOException {
        if (body.isJson()) {
            if (body.isLogs()) {
                Checks.decode(OtlpJson.logs(bytes));
            } else {
                Checks.decode(OtlpJson.metrics(bytes));
            }
            Checks.decode(OtlpJson.traces(bytes));
        } else if (body.isLogs()) {
            Checks.decode(OtlpProtobuf.logs(bytes));
        } else {
            Checks.decode(ExportMetricsServiceRequest.parseFrom(bytes));
            Checks.decode(ExportTraceServiceRequest.parseFrom(bytes));
        }
    }

    private static byte[] mutate(byte[] body, Random random) {
        byte[] bytes = body.clone();
        int kind = random.nextInt(5);
        if (bytes.length < 2) {
            return bytes;
        }
        int at = random.nextInt(bytes.length);
        switch (kind) {
            case 0 -> bytes = Arrays.copyOf(bytes, at);
            case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> {
                for (int i = 0; i < 1 + random.nextInt(8); i++) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
            }
            case 3 -> {
                for (int i = 0; i < 1 + random.nextInt(3); i++) {
                    bytes[random.nextInt(bytes.length)] = TELLING[random.nextInt(TELLING.length)];
                }
            }
            default -> {
                // A stretch said twice, or left out.
                int end = at + random.nextInt(Math.min(200, bytes.length - at) + 1);
                byte[] head = Arrays.copyOf(bytes, random.nextBoolean() ? end : at);
                int from = head.length == end ? at : end;
                byte[] changed = Arrays.copyOf(head, head.length + bytes.length - from);
                System.arraycopy(bytes, from, changed, head.length, bytes.length - from);
                bytes = changed;
            }
        }
        return bytes;
    }
}
