package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;

/** Answers as most routes give them. */
final class Answers {
    private Answers() {}

    static HttpResponse ok(ObjectNode answer) {
        return json(HttpStatus.OK, answer);
    }

    static HttpResponse json(HttpStatus status, ObjectNode answer) {
        return json(status, MediaType.JSON, answer);
    }

    static HttpResponse json(HttpStatus status, MediaType type, ObjectNode answer) {
        ResponseHeaders headers = ResponseHeaders.builder(status)
                .contentType(type)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .build();
        return HttpResponse.of(headers, HttpData.ofUtf8(answer.toString()));
    }
}
