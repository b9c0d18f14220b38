package io.sluice.server;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint of the REST port, as data. {@link RestApi} applies all of it, so that no handler has to.
 *
 * @param path as Armeria has it, from the root: {@code /v1/tokens/{id}}
 * @param scope null: open to anyone
 * @param feature of the plan that the organization must have; null: in every plan
 * @param persons what its answers have to do with persons
 * @param parameters names of the query parameters; with {@link #ORGANIZATION} the route also reads organizations that
 *     were granted to the token
 */
record Route(
        HttpMethod method,
        String path,
        @Nullable Scope scope,
        Access.Anonymous anonymous,
        @Nullable String feature,
        Audit audit,
        Privacy.Persons persons,
        Set<String> parameters,
        Handler handler) {

    /** Query parameter: the organization to read, if it is not the token's own. */
    static final String ORGANIZATION = "organization";

    /** Which calls leave a record on the topic {@code audit}. */
    enum Audit {
        NONE,
        /** Every call that changes something, that is by any other method than GET; and every call that is refused. */
        ADMIN,
        /** Every call. Pages are those of the token that asked. */
        EVERY
    }

    /**
     * Called off the event loop, once the caller may. An error is thrown or in the future, as a {@link Refusal}, and
     * never an answer: only so it is rendered as its group does, and audited as what it is.
     */
    @FunctionalInterface
    interface Handler {
        CompletableFuture<HttpResponse> handle(Call call);
    }

    Route {
        parameters = Set.copyOf(parameters);
        if (audit != Audit.NONE && scope == null) {
            throw new IllegalArgumentException(method + " " + path + ": audited (expected: with a scope)");
        }
        if (parameters.contains(ORGANIZATION) && (scope == null || method != HttpMethod.GET)) {
            throw new IllegalArgumentException(
                    method + " " + path + ": organization (expected: on a GET with a scope)");
        }
    }

    /** In every plan, never without a token, not audited, without parameters. */
    static Route of(HttpMethod method, String path, Scope scope, Handler handler) {
        return new Route(
                method,
                path,
                scope,
                Access.Anonymous.REFUSED,
                null,
                Audit.NONE,
                Privacy.Persons.NONE,
                Set.of(),
                handler);
    }

    /** Open to anyone. */
    static Route open(String path, Handler handler) {
        return new Route(
                HttpMethod.GET,
                path,
                null,
                Access.Anonymous.LOOPBACK,
                null,
                Audit.NONE,
                Privacy.Persons.NONE,
                Set.of(),
                handler);
    }

    /** The same without a token over loopback, as the default organization. */
    Route openOverLoopback() {
        return new Route(method, path, scope, Access.Anonymous.LOOPBACK, feature, audit, persons, parameters, handler);
    }

    Route feature(String name) {
        return new Route(method, path, scope, anonymous, name, audit, persons, parameters, handler);
    }

    Route audited() {
        return new Route(method, path, scope, anonymous, feature, Audit.ADMIN, persons, parameters, handler);
    }

    /** Also when it only reads. */
    Route auditedAlways() {
        return new Route(method, path, scope, anonymous, feature, Audit.EVERY, persons, parameters, handler);
    }

    Route parameters(Set<String> names) {
        return new Route(method, path, scope, anonymous, feature, audit, persons, names, handler);
    }

    Route persons(Privacy.Persons what) {
        return new Route(method, path, scope, anonymous, feature, audit, what, parameters, handler);
    }

    /** Name of the operation, as the audit has it: {@code POST /v1/tokens/{id}/rotate}. */
    String action() {
        return method + " " + path;
    }

    boolean changes() {
        return method != HttpMethod.GET && method != HttpMethod.HEAD;
    }

    /** Whether the audit has a record also of a call that was answered. */
    boolean isAuditedWhenDone() {
        return audit == Audit.EVERY || (audit == Audit.ADMIN && changes());
    }
}
