package io.sluice.core.spend;

import io.sluice.core.spend.RequestMessage.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One client request id, and what it stands for. Reports that do not name their request wait here, booked under the
 * alias, until a report that has both ids tells which request it is.
 *
 * <p>A report with a message id as well links the two ids: all reports of the client request then wait at the message's
 * {@link Alias}, which is told of the request too. So the client request's alias comes before the message's, and what
 * the one knows reaches the other.
 *
 * @param owner the smallest request that is known; null: none is
 * @param links message ids of the same request, smallest first; several only if clients repeat an id
 * @param guests reports that go where the alias leads
 */
public record ClientAlias(@Nullable Id owner, List<Id> links, List<Report> guests) {
    public static final ClientAlias UNSEEN = new ClientAlias(null, List.of(), List.of());

    /** @param changed whether the message said something new */
    public record Step(
            ClientAlias alias, List<RequestMessage> requests, List<Alias.Message> aliases, boolean changed) {}

    /** Where a message makes the guests go. */
    private record Move(Alias.Message because, List<RequestMessage> requests, List<Alias.Message> aliases) {
        void send(ClientAlias to, Kind kind, Report guest) {
            if (to.links.isEmpty()) {
                Id request = to.owner == null ? because.alias() : to.owner;
                requests.add(new RequestMessage(request, kind, guest, because.receivedAtMicros()));
            } else {
                tell(to.links.get(0), null, kind, guest);
            }
        }

        void tell(Id message, @Nullable Id claim, @Nullable Kind kind, @Nullable Report guest) {
            int month = guest == null
                    ? 0
                    : Periods.heldMonth(guest.occurredAtMicros(), guest.receivedAtMicros(), guest.historical());
            aliases.add(new Alias.Message(
                    message,
                    claim,
                    false,
                    kind,
                    guest,
                    null,
                    Math.max(month, because.heldMonth()),
                    because.receivedAtMicros()));
        }
    }

    public Step apply(Alias.Message message) {
        Id nextOwner = message.claim() == null ? owner : Alias.smaller(owner, message.claim());
        List<Id> nextLinks = message.link() == null ? links : with(links, message.link());
        if (message.guest() == null && guests.isEmpty() && nextLinks.isEmpty()) {
            boolean changed = nextOwner != null && !nextOwner.equals(owner); // nearly always
            return new Step(changed ? new ClientAlias(nextOwner, links, guests) : this, List.of(), List.of(), changed);
        }
        Move move = new Move(message, new ArrayList<>(), new ArrayList<>());
        ClientAlias next = new ClientAlias(nextOwner, nextLinks, guests);
        if (nextOwner != null) {
            for (Id link : nextLinks) {
                if (!nextOwner.equals(owner) || !links.contains(link)) {
                    move.tell(link, nextOwner, null, null);
                }
            }
        }
        if (!leadsTo(next)) {
            for (Report guest : guests) {
                move.send(this, Kind.WITHDRAWAL, guest);
                move.send(next, Kind.RECORD, guest);
            }
        }
        if (message.guest() != null && message.kind() != null) {
            move.send(next, message.kind(), message.guest());
            if (!UNSEEN.leadsTo(next)) {
                // It may be booked under the alias, as one of more guests than are remembered.
                move.send(UNSEEN, Kind.WITHDRAWAL, message.guest());
            }
            next = new ClientAlias(nextOwner, nextLinks, Alias.with(guests, message.guest()));
        }
        return new Step(next, move.requests, move.aliases, !next.equals(this));
    }

    /** Whether the guests are where they would be with what is known then. */
    private boolean leadsTo(ClientAlias next) {
        if (links.isEmpty()) {
            return next.links.isEmpty() && (owner == null ? next.owner == null : owner.equals(next.owner));
        }
        return links.get(0).equals(next.links.get(0));
    }

    private static List<Id> with(List<Id> links, Id link) {
        if (links.contains(link) || links.size() >= Request.MAX_COPIES) {
            return links;
        }
        List<Id> next = new ArrayList<>(links);
        next.add(link);
        next.sort(null);
        return List.copyOf(next);
    }
}
