package io.sluice.core.spend;

import io.sluice.core.spend.RequestMessage.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One client request id or message id, and the request it stands for. Reports that name their request by it alone wait
 * here, booked under the alias, until a report that has both ids tells which request it is; then they move there.
 *
 * <p>Side questions replay their parent's messages under new request ids: a sidechain report with a message id belongs
 * to the request that a main line has for that message, else to the sidechains' own.
 *
 * @param mainOwner the smallest request id of main lines; null: none is known
 * @param sideOwner the smallest request id of sidechain lines; null: none is known
 * @param guests reports that go where the owner is
 */
public record Alias(@Nullable String mainOwner, @Nullable String sideOwner, List<RequestCopy> guests) {
    public static final Alias UNSEEN = new Alias(null, null, List.of());

    /**
     * @param key organization and alias, see {@link Identities}
     * @param claim a request id that the alias stands for; null: none
     * @param sidechain whether the claim is a sidechain's
     * @param kind of the guest's message; null if there is no guest
     * @param guest report to be placed; null: none
     * @param heldUntilMillis see {@link Periods#heldUntilMillis}
     * @param receivedAtMicros when the record came that says it
     */
    public record Message(
            String key,
            @Nullable String claim,
            boolean sidechain,
            RequestMessage.@Nullable Kind kind,
            @Nullable RequestCopy guest,
            long heldUntilMillis,
            long receivedAtMicros) {}

    public record Step(Alias alias, List<RequestMessage> messages) {}

    public Step apply(Message message) {
        List<RequestMessage> out = new ArrayList<>();
        Alias next = this;
        if (message.claim != null) {
            next = message.sidechain
                    ? new Alias(mainOwner, smaller(sideOwner, message.claim), guests)
                    : new Alias(smaller(mainOwner, message.claim), sideOwner, guests);
            String orgPrefix = Identities.organizationPrefix(message.key);
            String from = identity(message.key, orgPrefix);
            String to = next.identity(message.key, orgPrefix);
            if (!from.equals(to)) {
                for (RequestCopy guest : guests) {
                    out.add(new RequestMessage(from, Kind.WITHDRAWAL, guest, message.receivedAtMicros));
                    out.add(new RequestMessage(to, Kind.RECORD, guest, message.receivedAtMicros));
                }
            }
        }
        if (message.guest != null && message.kind != null) {
            RequestCopy guest = message.guest;
            String identity = next.identity(message.key, Identities.organizationPrefix(message.key));
            out.add(new RequestMessage(identity, message.kind, guest, message.receivedAtMicros));
            if (!identity.equals(message.key)) {
                // A touch: an earlier attempt may have booked it under the alias.
                out.add(new RequestMessage(message.key, Kind.WITHDRAWAL, guest, message.receivedAtMicros));
            }
            next = next.hosting(guest);
        }
        return new Step(next, out);
    }

    private Alias hosting(RequestCopy guest) {
        List<RequestCopy> next = new ArrayList<>(guests);
        next.removeIf(known -> known.eventId().equals(guest.eventId()));
        if (next.size() < Request.MAX_COPIES) {
            next.add(guest);
        }
        return new Alias(mainOwner, sideOwner, List.copyOf(next));
    }

    private String identity(String key, String orgPrefix) {
        String owner = mainOwner != null ? mainOwner : sideOwner;
        return owner != null ? Identities.ofRequestId(orgPrefix, owner) : key;
    }

    private static String smaller(@Nullable String a, String b) {
        return a == null || b.compareTo(a) < 0 ? b : a;
    }
}
