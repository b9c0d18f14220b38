package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Who spent what, and what became of the records behind it. */
final class SpendRoutes {
    private SpendRoutes() {}

    static RouteGroup of(SpendReport spend, Listing listing) {
        return RouteGroup.json(
                read(
                                "/v1/spend",
                                SpendReport.PARAMETERS,
                                call -> spend.answer(
                                        call.orgId(), SpendReport.Query.of(call.parameters()), call.privacy()))
                        .persons(Privacy.Persons.TOLD),
                read(
                                "/v1/spend/events",
                                Listing.EVENT_PARAMETERS,
                                call -> listing.events(call.orgId(), call.parameters()))
                        .persons(Privacy.Persons.TOLD),
                read("/v1/ledger", Listing.LEDGER_PARAMETERS, call -> listing.ledger(call.orgId(), call.parameters()))
                        .persons(Privacy.Persons.TOLD),
                read(
                                "/v1/dead-letters",
                                Listing.DEAD_LETTER_PARAMETERS,
                                call -> listing.deadLetters(call.orgId(), call.parameters()))
                        .persons(Privacy.Persons.TOLD));
    }

    private static Route read(
            String path, Set<String> parameters, Function<Call, CompletableFuture<ObjectNode>> answer) {
        return Route.of(
                        HttpMethod.GET,
                        path,
                        Scope.READ_ANALYTICS,
                        call -> answer.apply(call).thenApply(Answers::ok))
                .feature("code-analytics")
                .parameters(parameters);
    }
}
