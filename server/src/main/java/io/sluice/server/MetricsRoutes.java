package io.sluice.server;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;

/** {@code GET /metrics}, for Prometheus and whatever else scrapes. */
final class MetricsRoutes {
    private final MetricsExport export;
    private final ExpositionFormats formats = ExpositionFormats.init();

    private MetricsRoutes(MetricsExport export) {
        this.export = export;
    }

    static RouteGroup of(MetricsExport export) {
        return RouteGroup.json(
                Route.of(HttpMethod.GET, "/metrics", Scope.READ_ANALYTICS, new MetricsRoutes(export)::scrape)
                        .feature(MetricsExport.FEATURE)
                        .persons(Privacy.Persons.CONSIDERED));
    }

    private CompletableFuture<HttpResponse> scrape(Call call) {
        ExpositionFormatWriter writer =
                formats.findWriter(call.request().headers().get(HttpHeaderNames.ACCEPT));
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            writer.write(text, export.scrape(call.orgId()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ResponseHeaders headers = ResponseHeaders.builder(HttpStatus.OK)
                .set(HttpHeaderNames.CONTENT_TYPE, writer.getContentType())
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .build();
        return CompletableFuture.completedFuture(HttpResponse.of(headers, HttpData.wrap(text.toByteArray())));
    }
}
