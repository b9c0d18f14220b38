package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Place;
import io.sluice.core.directory.Seats;
import io.sluice.schema.Micros;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/seats/idle}: seats that somebody has and does not use, and what they cost. */
final class IdleSeats {
    private static final String DAYS = "days";
    private static final int DEFAULT_DAYS = 30;
    private static final int MOST_DAYS = 3650;
    private static final long MICROS_PER_DAY = Duration.ofDays(1).toNanos() / 1_000;

    private record Found(Seats.Tier tier, Seats.Idle idle) {}

    private final SeatContext seats;
    private final Elastic elastic;
    private final LastSeen lastSeen;

    IdleSeats(SeatContext seats, Elastic elastic) {
        this.seats = seats;
        this.elastic = elastic;
        this.lastSeen = new LastSeen(elastic);
    }

    Route route() {
        Set<String> parameters = new TreeSet<>(SeatPage.PARAMETERS);
        parameters.add(DAYS);
        return SeatContext.read("/idle", this::list).parameters(parameters);
    }

    private HttpResponse list(Call call) {
        int days = days(call.parameters().text(DAYS));
        Directory directory = seats.directory(call);
        String watermark = elastic.watermark().join();
        Map<String, Long> seen = lastSeen.of(directory);
        long now = Micros.of(seats.store().now());
        List<Found> found = new ArrayList<>();
        ArrayNode tiers = JsonNodeFactory.instance.arrayNode();
        for (Seats.Tier tier : Seats.of(directory)) {
            List<Seats.Idle> idle = Seats.idle(tier, seen, now, Duration.ofDays(days));
            idle.forEach(each -> found.add(new Found(tier, each)));
            tiers.addObject()
                    .put("tier", tier.tier())
                    .put("assigned", tier.assigned().size())
                    .put("idle", idle.size())
                    .put(
                            "idle_micros_per_month",
                            tier.priceMicros() == 0 ? null : Math.multiplyExact(idle.size(), tier.priceMicros()));
        }
        found.sort(Comparator.comparing(IdleSeats::place));
        ObjectNode answer =
                SeatPage.of(call.parameters(), found, IdleSeats::place, each -> json(directory, seen, now, each));
        answer.put(DAYS, days).put("watermark", watermark).set("tiers", tiers);
        return Answers.ok(answer);
    }

    /** Nobody asks for two tiers. */
    private static Place place(Found found) {
        return new Place(found.idle.idleSince(), found.idle.userId());
    }

    private static ObjectNode json(Directory directory, Map<String, Long> seen, long now, Found found) {
        String userId = found.idle.userId();
        Long last = seen.get(userId);
        ObjectNode json = SeatAssignments.json(directory, found.tier, userId);
        json.remove(List.of("status", "place"));
        return json.put("last_seen", last == null ? null : SeatContext.time(last))
                .put("idle_since", SeatContext.time(found.idle.idleSince()))
                .put("idle_days", (now - found.idle.idleSince()) / MICROS_PER_DAY)
                .put("price_micros", SeatContext.price(found.tier.priceMicros()));
    }

    private static int days(@Nullable String given) {
        if (given == null) {
            return DEFAULT_DAYS;
        }
        try {
            int days = Integer.parseInt(given);
            if (days >= 1 && days <= MOST_DAYS) {
                return days;
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        throw Refusal.invalid(DAYS, given, "a whole number, 1 to " + MOST_DAYS);
    }
}
