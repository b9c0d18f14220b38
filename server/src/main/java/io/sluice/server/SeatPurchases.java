package io.sluice.server;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Kind;
import io.sluice.core.directory.Place;
import io.sluice.core.directory.Purchase;
import io.sluice.core.directory.Seats;
import io.sluice.core.directory.Tip;
import io.sluice.schema.DirectorySeats;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code /v1/seats/purchases}: each is a version of a tier's seats. No payment is taken. */
final class SeatPurchases {
    private static final String PATH = "/purchases";
    private static final String KEY_HEADER = "idempotency-key";
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,200}");
    private static final String QUANTITY = "quantity";

    /** @param before the purchase that had the key; null: there is none, {@code change} makes {@code version} */
    private record Attempt(@Nullable Purchase before, long version, DirectoryChange change) {}

    private final SeatContext seats;
    private final @Nullable BillingWebhook billing;

    /** @param billing null: nobody is told */
    SeatPurchases(SeatContext seats, @Nullable BillingWebhook billing) {
        this.seats = seats;
        this.billing = billing;
    }

    List<Route> routes() {
        return List.of(
                SeatContext.read(PATH, this::list).parameters(SeatPage.PARAMETERS),
                SeatContext.decide(HttpMethod.POST, PATH, this::buy));
    }

    private HttpResponse list(Call call) {
        Directory directory = seats.directory(call);
        return Answers.ok(SeatPage.of(
                call.parameters(),
                Purchase.of(directory),
                purchase -> new Place(purchase.at(), purchase.tier() + '|' + purchase.version()),
                purchase -> json(call.orgId(), purchase)
                        .put("billing", billing == null ? "off" : billing.state(call.orgId(), purchase))));
    }

    private HttpResponse buy(Call call) {
        SeatFields fields = new SeatFields(call, Set.of("tier", QUANTITY, "price_micros"));
        String tier = fields.tier();
        Long quantity = fields.number(QUANTITY, -Purchase.MOST_SEATS, Purchase.MOST_SEATS);
        if (quantity == null || quantity == 0) {
            throw fields.missing(QUANTITY, "how many seats to buy, or below 0 to release, not 0");
        }
        Long price = fields.number("price_micros", 0, Purchase.HIGHEST_PRICE_MICROS);
        String key = key(call);
        call.target(call.orgId(), tier);
        call.detail(QUANTITY, quantity.toString());
        Purchase made = seats.store().change(() -> {
            Directory directory = seats.directory(call);
            // What is decided and the version that says it are of one state, so that no purchase is overwritten.
            Attempt attempt = directory.consistently(() -> {
                Optional<Purchase> before = key.isEmpty() ? Optional.empty() : Purchase.withKey(directory, key);
                if (before.isPresent()) {
                    return new Attempt(sameOrRefused(before.get(), tier, quantity, price), 0, seats.change(call));
                }
                DirectorySeats changed = changed(directory, tier, quantity, price);
                changed.setIdempotencyKey(key);
                long version = directory.tip(Kind.SEATS, tier).map(Tip::version).orElse(0L) + 1;
                return new Attempt(null, version, seats.change(call).seats(tier, changed));
            });
            attempt.change.accept();
            return attempt.before != null
                    ? attempt.before
                    : Purchase.of(seats.directory(call), tier).stream()
                            .filter(purchase -> purchase.version() == attempt.version)
                            .findFirst()
                            .orElseThrow();
        });
        return Answers.json(HttpStatus.CREATED, json(call.orgId(), made));
    }

    /** Empty: none given. */
    private static String key(Call call) {
        String key = call.request().headers().get(KEY_HEADER, "");
        if (!key.isEmpty() && !KEY.matcher(key).matches()) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    "Idempotency-Key",
                    "Idempotency-Key: a text of " + key.length()
                            + " characters (expected: 1 to 200 characters of ASCII without spaces)");
        }
        return key;
    }

    private static Purchase sameOrRefused(Purchase before, String tier, long quantity, @Nullable Long price) {
        if (before.tier().equals(tier)
                && before.quantity() == quantity
                && (price == null || price == before.priceMicros())) {
            return before;
        }
        throw new Refusal(
                Refusal.Kind.CONFLICT,
                "Idempotency-Key",
                "Idempotency-Key: used for " + before.quantity() + " seats of " + before.tier()
                        + " before (expected: the same purchase, or a new key)");
    }

    private static DirectorySeats changed(Directory directory, String tier, long quantity, @Nullable Long price) {
        DirectorySeats before = directory.seats(tier).map(Document::content).orElseGet(DirectorySeats::new);
        long purchased = before.getPurchased() + quantity;
        int assigned = Seats.of(directory, tier).assigned().size();
        if (purchased < assigned) {
            long least = assigned - before.getPurchased();
            throw new Refusal(
                            Refusal.Kind.CONFLICT,
                            QUANTITY,
                            QUANTITY + ": " + quantity + " (expected: " + (least < 0 ? least + " or more" : "above 0")
                                    + ", since " + assigned + " of " + before.getPurchased() + " seats are assigned)")
                    .with("assigned", IntNode.valueOf(assigned))
                    .with("purchased", LongNode.valueOf(before.getPurchased()));
        }
        if (purchased > Purchase.MOST_SEATS) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    QUANTITY,
                    QUANTITY + ": " + quantity + " (expected: at most " + (Purchase.MOST_SEATS - before.getPurchased())
                            + ", since a tier has at most " + Purchase.MOST_SEATS + " seats)");
        }
        return DirectorySeats.newBuilder()
                .setPurchased(purchased)
                .setPriceMicros(price == null ? before.getPriceMicros() : price)
                .build();
    }

    /** A purchase's own id, the same for whoever computes it. */
    static String id(String orgId, Purchase purchase) {
        String name =
                orgId.length() + ":" + orgId + purchase.tier().length() + ":" + purchase.tier() + purchase.version();
        return "purchase_" + Secret.sha256(name).substring(0, 32);
    }

    static ObjectNode json(String orgId, Purchase purchase) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id(orgId, purchase))
                .put("tier", purchase.tier())
                .put("version", purchase.version())
                .put(QUANTITY, purchase.quantity())
                .put("purchased", purchase.purchased())
                .put("price_micros", SeatContext.price(purchase.priceMicros()))
                .put("purchased_at", SeatContext.time(purchase.at()))
                .put("idempotency_key", purchase.key().isEmpty() ? null : purchase.key())
                .put("changed_by", purchase.changedBy().isEmpty() ? null : purchase.changedBy());
    }
}
