package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Seats;
import io.sluice.schema.Micros;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** {@code /v1/seats}: what is bought, who has it, who waits for it, who does not use it. */
final class SeatRoutes {
    private final SeatContext seats;

    private SeatRoutes(SeatContext seats) {
        this.seats = seats;
    }

    /** @param billing null: nobody is told of purchases */
    static RouteGroup of(DirectoryStore store, Elastic elastic, @Nullable BillingWebhook billing) {
        SeatContext seats = new SeatContext(store);
        SeatAssignments assignments = new SeatAssignments(seats);
        List<Route> routes = new ArrayList<>();
        routes.add(SeatContext.read("", new SeatRoutes(seats)::tiers));
        routes.addAll(new SeatPurchases(seats, billing).routes());
        routes.addAll(assignments.routes());
        routes.addAll(new SeatApprovals(seats, assignments).routes());
        routes.add(new IdleSeats(seats, elastic).route());
        return RouteGroup.json(routes.toArray(Route[]::new));
    }

    private HttpResponse tiers(Call call) {
        Directory directory = seats.directory(call);
        SortedMap<String, Seats.Forecast> forecasts =
                Seats.forecast(directory, Micros.of(seats.store().now()));
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        Seats.of(directory).forEach(tier -> data.add(json(tier, forecasts.get(tier.tier()))));
        return Answers.ok(answer);
    }

    private static ObjectNode json(Seats.Tier tier, Seats.@Nullable Forecast forecast) {
        boolean priced = tier.priceMicros() != 0;
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("tier", tier.tier())
                .put("purchased", tier.purchased())
                .put("assigned", tier.assigned().size())
                .put("waiting", tier.waiting().size())
                .put("free", tier.free())
                .put("price_micros", SeatContext.price(tier.priceMicros()))
                .put("unused_micros_per_month", priced ? tier.unusedMicrosPerMonth() : null);
        if (forecast == null) {
            return json.putNull("forecast");
        }
        json.putObject("forecast")
                .put("asking", forecast.asking())
                .put("growth", forecast.growth())
                .put("needed", forecast.needed())
                .put("missing", forecast.missing());
        return json;
    }
}
