package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class WeightTest {
    private static byte[] fixture(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(WeightTest.class.getResourceAsStream("/claude-code/" + name))) {
            return in.readAllBytes();
        }
    }

    @Test
    void telemetryWeighsNoMoreThanItsBytes() throws IOException {
        for (String name : new String[] {"001-logs", "005-logs"}) {
            byte[] body = fixture("protobuf/" + name + ".pb");
            assertThat(Weight.ofProtobuf(body, Signal.LOGS.request())).isLessThanOrEqualTo(body.length);
        }
        byte[] metrics = fixture("protobuf/004-metrics.pb");
        assertThat(Weight.ofProtobuf(metrics, Signal.METRICS.request())).isLessThanOrEqualTo(metrics.length);
        byte[] json = fixture("accept/001-logs.json");
        assertThat(Weight.ofJson(json)).isLessThanOrEqualTo(json.length);
    }

    @Test
    void emptyMessagesWeighMoreThanTheirBytes() throws IOException {
        // resource_logs = {}, two bytes each.
        byte[] body = new byte[2000];
        for (int i = 0; i < body.length; i += 2) {
            body[i] = 0x0a;
        }
        assertThat(Weight.ofProtobuf(body, Signal.LOGS.request())).isEqualTo(1001 * 12);
        assertThat(Weight.ofJson("{\"resourceLogs\":[{},{},{}]}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(4 * 12);
    }

    @Test
    void aCutOffMessageIsInvalid() throws IOException {
        byte[] whole = fixture("protobuf/001-logs.pb");
        assertThatThrownBy(() -> Weight.ofProtobuf(Arrays.copyOf(whole, 100), Signal.LOGS.request()))
                .isInstanceOf(InvalidProtocolBufferException.class);
    }

    @Test
    void depthIsBounded() throws IOException {
        // body.kvlist_value.values.value.kvlist_value… is a message in a message as long as there are bytes.
        byte[] nested = new byte[0];
        for (int i = 0; i < 60; i++) {
            nested = field(0x32, field(0x0a, field(0x12, nested)));
        }
        byte[] body = field(0x0a, field(0x12, field(0x12, field(0x2a, nested))));
        assertThat(Weight.ofProtobuf(body, Signal.LOGS.request())).isBetween(150L * 12, 205L * 12);
    }

    private static byte[] field(int tag, byte[] value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeUInt32NoTag(tag);
        out.writeByteArrayNoTag(value);
        out.flush();
        return bytes.toByteArray();
    }
}
