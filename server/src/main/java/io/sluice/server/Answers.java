package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import io.sluice.scim.ScimVersion;
import org.jspecify.annotations.Nullable;

/** Answers as most routes give them. */
final class Answers {
    private Answers() {}

    static HttpResponse ok(ObjectNode answer) {
        return json(HttpStatus.OK, answer);
    }

    /** One line. */
    static HttpResponse text(String line) {
        return HttpResponse.of(
                headers(HttpStatus.OK, MediaType.PLAIN_TEXT_UTF_8).build(), HttpData.ofUtf8(line + "\n"));
    }

    /** @param nextPage goes into a header; null: there is none */
    static HttpResponse csv(String text, @Nullable String nextPage) {
        ResponseHeadersBuilder headers = headers(HttpStatus.OK, MediaType.CSV_UTF_8);
        if (nextPage != null) {
            headers.set("sluice-next-page", nextPage);
        }
        return HttpResponse.of(headers.build(), HttpData.ofUtf8(text));
    }

    static HttpResponse json(HttpStatus status, ObjectNode answer) {
        return json(status, MediaType.JSON, answer);
    }

    /** With the version as ETag. */
    static HttpResponse versioned(HttpStatus status, long version, ObjectNode answer) {
        return json(headers(status, MediaType.JSON).set(HttpHeaderNames.ETAG, ScimVersion.format(version)), answer);
    }

    static HttpResponse json(HttpStatus status, MediaType type, ObjectNode answer) {
        return json(headers(status, type), answer);
    }

    private static ResponseHeadersBuilder headers(HttpStatus status, MediaType type) {
        return ResponseHeaders.builder(status).contentType(type).set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    }

    private static HttpResponse json(ResponseHeadersBuilder headers, ObjectNode answer) {
        return HttpResponse.of(headers.build(), HttpData.ofUtf8(answer.toString()));
    }
}
