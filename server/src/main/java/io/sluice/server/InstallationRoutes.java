package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import io.sluice.core.privacy.PrivacyMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The installation as a whole: health, the description of all routes, the start page. */
final class InstallationRoutes {
    /** The one page for browsers, which can be asked for a token as a password. */
    static final String HOME = "/";

    private final SpendReport spend;
    private final Health health;
    private final Supplier<String> otlpEndpoint;

    private InstallationRoutes(SpendReport spend, Health health, Supplier<String> otlpEndpoint) {
        this.spend = spend;
        this.health = health;
        this.otlpEndpoint = otlpEndpoint;
    }

    static RouteGroup of(SpendReport spend, Health health, Supplier<String> otlpEndpoint) {
        InstallationRoutes routes = new InstallationRoutes(spend, health, otlpEndpoint);
        String openApi = resource("openapi.json");
        return RouteGroup.json(
                Route.open(
                        "/health",
                        call -> health.report()
                                .thenApply(report -> Answers.json(
                                        report.fine() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE,
                                        report.json()))),
                Route.open(
                        "/openapi.json",
                        call -> CompletableFuture.completedFuture(
                                HttpResponse.of(HttpStatus.OK, MediaType.JSON, openApi))),
                Route.of(HttpMethod.GET, HOME, Scope.READ_ANALYTICS, routes::home)
                        .feature("code-analytics")
                        .persons(Privacy.Persons.CONSIDERED)
                        .openOverLoopback());
    }

    private CompletableFuture<HttpResponse> home(Call call) {
        String orgId = call.orgId();
        Privacy privacy;
        try {
            privacy = call.privacy();
        } catch (Refusal notKnownYet) {
            return home(orgId, CompletableFuture.completedFuture(null));
        }
        if (privacy.mode() == PrivacyMode.TEAM_ONLY) {
            return home(orgId, CompletableFuture.completedFuture(null));
        }
        return home(
                orgId,
                spend.answer(orgId, SpendReport.Query.byUser(50), privacy)
                        .<@Nullable JsonNode>thenApply(answer -> {
                            privacy.hide(answer);
                            return answer;
                        })
                        .exceptionally(failure -> null));
    }

    private CompletableFuture<HttpResponse> home(String orgId, CompletableFuture<@Nullable JsonNode> report) {
        return health.report().thenCombine(report, (state, answer) -> {
            ResponseHeaders headers = ResponseHeaders.builder(HttpStatus.OK)
                    .contentType(MediaType.HTML_UTF_8)
                    .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, HomePage.CONTENT_SECURITY_POLICY)
                    .set(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff")
                    .set(HttpHeaderNames.REFERRER_POLICY, "no-referrer")
                    .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                    .build();
            return HttpResponse.of(headers, HttpData.ofUtf8(HomePage.render(orgId, state, answer, otlpEndpoint.get())));
        });
    }

    private static String resource(String name) {
        try (InputStream in = InstallationRoutes.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + ": missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
