package io.sluice.server;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Source;
import io.sluice.schema.DirectorySeats;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.Micros;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the routes of {@code /v1/seats} have in common. Their handlers block. */
final class SeatContext {
    static final String BASE = "/v1/seats";
    private static final String FEATURE = "self-serve-seats";

    private final DirectoryStore store;

    SeatContext(DirectoryStore store) {
        this.store = store;
    }

    DirectoryStore store() {
        return store;
    }

    static Route read(String path, Function<Call, HttpResponse> handler) {
        return route(HttpMethod.GET, path, Scope.READ_DIRECTORY, handler);
    }

    /** What costs money, and who decides about it. */
    static Route decide(HttpMethod method, String path, Function<Call, HttpResponse> handler) {
        return route(method, path, Scope.ADMIN, handler);
    }

    static Route write(HttpMethod method, String path, Function<Call, HttpResponse> handler) {
        return route(method, path, Scope.WRITE_DIRECTORY, handler);
    }

    private static Route route(HttpMethod method, String path, Scope scope, Function<Call, HttpResponse> handler) {
        return Route.of(method, BASE + path, scope, call -> CompletableFuture.completedFuture(handler.apply(call)))
                .feature(FEATURE)
                .audited();
    }

    /** @throws Refusal while the directory is not known: what was not read yet must not look absent */
    Directory directory(Call call) {
        if (!store.loaded().isDone()) {
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "the directory is not loaded yet, try again");
        }
        return store.of(call.orgId());
    }

    DirectoryChange change(Call call) {
        return new DirectoryChange(
                store, call.orgId(), Source.ADMIN, call.caller().actor());
    }

    static Document<DirectoryUser> user(Directory directory, String userId) {
        return directory
                .user(userId)
                .orElseThrow(() -> new Refusal(
                        Refusal.Kind.NOT_FOUND,
                        "user_id",
                        "user_id: no such user (expected: a user of the directory)"));
    }

    /** A tier that was bought once: any other is more likely mistyped. */
    static DirectorySeats bought(Directory directory, String tier) {
        return directory.seats(tier).map(Document::content).orElseThrow(() -> {
            List<String> bought = directory.seats().from(0, 20).stream()
                    .map(Document::id)
                    .sorted()
                    .toList();
            return new Refusal(
                    Refusal.Kind.NOT_FOUND,
                    "tier",
                    "tier: " + tier + " was never bought (expected: "
                            + (bought.isEmpty()
                                    ? "one that was; there is none yet"
                                    : bought.stream().collect(Collectors.joining(", ", "one of ", "")))
                            + ")");
        });
    }

    static String time(long micros) {
        return Micros.toInstant(micros).toString();
    }

    /** Null: not known. */
    static @Nullable Long price(long micros) {
        return micros == 0 ? null : micros;
    }
}
