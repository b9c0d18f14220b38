package io.sluice.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.MediaType;
import java.util.List;

/**
 * Routes that speak the same dialect: what bodies they take, and how they say no.
 *
 * @param prefix of the paths; errors below it that no route sees (an unknown path, another method) are rendered as the
 *     group does; the longest prefix wins
 * @param bodyTypes content types of a request's body; the first is the one an error asks for
 * @param maxBodyBytes longest body of a request
 * @param unknownParameters whether a query parameter that the route does not know is passed over instead of refused
 */
record RouteGroup(
        String prefix,
        List<MediaType> bodyTypes,
        int maxBodyBytes,
        boolean unknownParameters,
        ErrorBody errors,
        List<Route> routes) {

    /** How a refusal looks; status and headers are the same in all groups. */
    interface ErrorBody {
        MediaType type();

        ObjectNode of(Refusal refusal);
    }

    private static final int MAX_BODY_BYTES = 1024 * 1024;

    /** {@code {"error": {"type", "message", "field"}}}, and what the refusal has to say besides. */
    static final ErrorBody CLAUDE_ERRORS = new ErrorBody() {
        @Override
        public MediaType type() {
            return MediaType.JSON;
        }

        @Override
        public ObjectNode of(Refusal refusal) {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            body.putObject("error")
                    .put("type", refusal.kind().rest())
                    .put("message", refusal.getMessage())
                    .put("field", refusal.field())
                    .setAll(refusal.details());
            return body;
        }
    };

    RouteGroup {
        bodyTypes = List.copyOf(bodyTypes);
        routes = List.copyOf(routes);
        for (Route route : routes) {
            if (!route.path().startsWith(prefix)) {
                throw new IllegalArgumentException(route.path() + " (expected: below " + prefix + ")");
            }
        }
    }

    /** JSON of at most a MiB in and out, errors as the Claude API has them. */
    static RouteGroup json(Route... routes) {
        return json("/", MAX_BODY_BYTES, routes);
    }

    /** The same below a prefix, with other bodies. */
    static RouteGroup json(String prefix, int maxBodyBytes, Route... routes) {
        return new RouteGroup(prefix, List.of(MediaType.JSON), maxBodyBytes, false, CLAUDE_ERRORS, List.of(routes));
    }
}
