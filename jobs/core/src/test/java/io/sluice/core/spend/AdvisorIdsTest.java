package io.sluice.core.spend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdvisorIdsTest {
    @ParameterizedTest(name = "id ''{0}''")
    @CsvSource({
        "req_1:advisor:0, req_1, 1",
        "msg_1:advisor:12, msg_1, 13",
        "msg_1:advisor:0:advisor:3, msg_1:advisor:0, 4",
        "é:advisor:9999, é, 10000",
        "req_1, , 0",
        "req_12345, , 0",
        "req_1:advisor:, , 0",
        "req_1:advisor:x, , 0",
        "req_1:advisor:-1, , 0",
        "req_1:advisor:12345, , 0",
        "req_1:advisors:1, , 0",
        ":advisor:0, , 0",
        "0, , 0",
        "'', , 0",
    })
    void tellsTheResponse(String id, @Nullable String advised, int part) {
        byte[] bytes = ('1' + id + '1').getBytes(StandardCharsets.UTF_8); // others stand around it
        int length = bytes.length - 2;
        assertThat(AdvisorIds.advised(id)).isEqualTo(advised);
        assertThat(AdvisorIds.part(bytes, 1, length)).isEqualTo(part);
        assertThat(AdvisorIds.advisedLength(bytes, 1, length))
                .isEqualTo(advised == null ? length : advised.getBytes(StandardCharsets.UTF_8).length);
    }
}
