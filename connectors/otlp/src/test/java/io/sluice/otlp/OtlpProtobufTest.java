package io.sluice.otlp;

import static io.sluice.otlp.Otlp.attribute;
import static io.sluice.otlp.Otlp.event;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The generated parser is the reference. */
class OtlpProtobufTest {
    private static final Parser<ExportLogsServiceRequest> REFERENCE =
            DiscardUnknownFieldsParser.wrap(ExportLogsServiceRequest.parser());

    @Test
    void capturesAreReadAsTheGeneratedParserReadsThem() throws IOException {
        for (String name : Capture.ALL) {
            for (Capture.Body body : Capture.of(name).bodies()) {
                if (body.isLogs()) {
                    byte[] bytes = body.isJson() ? OtlpJson.logs(body.bytes()).toByteArray() : body.bytes();
                    assertThat(parsed(bytes)).as(body.file()).isEqualTo(REFERENCE.parseFrom(bytes));
                }
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 20_261_124})
    void anyMessageWholeOrDamagedIsReadAsTheGeneratedParserReadsIt(long seed) throws IOException {
        Random random = new Random(seed);
        RandomMessages messages = new RandomMessages(random);
        int accepted = 0;
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] whole =
                    messages.like(ExportLogsServiceRequest.getDefaultInstance()).toByteArray();
            assertThat(parsed(whole)).as("seed %d, message %d", seed, i).isEqualTo(REFERENCE.parseFrom(whole));
            for (int j = 0; j < 20 && whole.length > 0; j++) {
                byte[] damaged =
                        Arrays.copyOf(whole, random.nextInt(3) == 0 ? random.nextInt(whole.length) : whole.length);
                for (int n = random.nextInt(3); n >= 0 && damaged.length > 0; n--) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                }
                ExportLogsServiceRequest expected = null;
                try {
                    expected = REFERENCE.parseFrom(damaged);
                } catch (InvalidProtocolBufferException e) {
                    refused++;
                }
                try {
                    assertThat(parsed(damaged))
                            .as("seed %d, message %d, mutation %d", seed, i, j)
                            .isEqualTo(expected);
                    accepted++;
                } catch (InvalidProtocolBufferException e) {
                    assertThat(expected)
                            .as("seed %d, message %d, mutation %d: %s", seed, i, j, e)
                            .isNull();
                }
            }
        }
        assertThat(accepted).as("seed %d", seed).isPositive();
        assertThat(refused).as("seed %d", seed).isPositive();
    }

    @Test
    void equalAttributesInTheSamePlaceAreOneObject() throws IOException {
        List<LogRecord> records = OtlpProtobuf.logs(request(
                                event("a").addAttributes(attribute("x", "1")),
                                event("a").addAttributes(attribute("x", "2")))
                        .toByteArray())
                .getResourceLogs(0)
                .getScopeLogs(0)
                .getLogRecordsList();
        int last = records.get(0).getAttributesCount() - 1;
        assertThat(records.get(1).getAttributes(0)).isSameAs(records.get(0).getAttributes(0));
        assertThat(records.get(0).getAttributes(last)).isEqualTo(attribute("x", "1"));
        assertThat(records.get(1).getAttributes(last)).isEqualTo(attribute("x", "2"));
    }

    @Test
    void messagesSentInPartsAreTheirSum() throws IOException {
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        ResourceLogs logs = request(event("a")).getResourceLogs(0);
        // Field 1, the resource, again after the whole.
        byte[] resource = ResourceLogs.newBuilder()
                .setResource(logs.getResource().toBuilder().addAttributes(attribute("part", "2")))
                .build()
                .toByteArray();
        byte[] inner = logs.toByteArray();
        twice.write(10);
        int size = inner.length + resource.length;
        twice.write(0x80 | (size & 0x7f));
        twice.write(size >>> 7);
        twice.writeBytes(inner);
        twice.writeBytes(resource);
        assertThat(size).isBetween(128, 16_383);
        assertThat(parsed(twice.toByteArray())).isEqualTo(REFERENCE.parseFrom(twice.toByteArray()));
    }

    /** Unknown fields do not matter. */
    private static ExportLogsServiceRequest parsed(byte[] bytes) throws InvalidProtocolBufferException {
        return REFERENCE.parseFrom(OtlpProtobuf.logs(bytes).toByteArray());
    }

    private static ExportLogsServiceRequest request(LogRecord.Builder... records) {
        ScopeLogs.Builder scope = ScopeLogs.newBuilder();
        for (LogRecord.Builder record : records) {
            scope.addLogRecords(record);
        }
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder().addScopeLogs(scope))
                .build();
    }
}
