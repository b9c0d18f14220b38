package io.sluice.core.spend;

import io.sluice.core.spend.RequestMessage.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message id, and the request it stands for. Reports that do not name their request wait here, booked under the
 * alias, until a report that has both ids tells which request it is; then they move there. Those that carry a client
 * request id come and go as {@link ClientAlias} says.
 *
 * <p>Side questions replay their parent's messages under new request ids: a sidechain report with a message id belongs
 * to the request that a main line has for that message, else to the sidechains' own.
 *
 * @param mainOwner the smallest request of main lines; null: none is known
 * @param sideOwner the smallest request of sidechain lines; null: none is known
 * @param guests reports that go where the owner is
 */
public record Alias(@Nullable Id mainOwner, @Nullable Id sideOwner, List<Report> guests) {
    public static final Alias UNSEEN = new Alias(null, null, List.of());

    private static final int CLAIM = 1;
    private static final int SIDECHAIN = 1 << 1;
    private static final int GUEST = 1 << 2;
    private static final int KIND_SHIFT = 3;
    private static final int KINDS = 3;
    private static final int LINK = 1 << 5;

    /**
     * @param alias also stands for the request while nobody claims it
     * @param claim a request that the alias stands for; null: none
     * @param sidechain whether the claim is a sidechain's
     * @param kind of the guest's message; null if there is no guest
     * @param guest report to be placed; null: none
     * @param link a message id that is of the same request; null: none. For a {@link ClientAlias} only
     * @param heldMonth see {@link Periods#heldMonth}
     * @param receivedAtMicros when the record came that says it
     */
    public record Message(
            Id alias,
            @Nullable Id claim,
            boolean sidechain,
            @Nullable Kind kind,
            @Nullable Report guest,
            @Nullable Id link,
            int heldMonth,
            long receivedAtMicros) {

        /** Without a guest; a guest's report and dimensions come after it. */
        public static void putHead(
                RowWriter row,
                Id alias,
                @Nullable Id claim,
                boolean sidechain,
                @Nullable Kind guest,
                @Nullable Id link,
                int heldMonth,
                long receivedAtMicros) {
            row.putId(alias);
            row.putInt(heldMonth);
            row.putByte((claim == null ? 0 : CLAIM)
                    | (sidechain ? SIDECHAIN : 0)
                    | (guest == null ? 0 : GUEST | guest.ordinal() << KIND_SHIFT)
                    | (link == null ? 0 : LINK));
            row.putLong(receivedAtMicros);
            if (claim != null) {
                row.putId(claim);
            }
            if (link != null) {
                row.putId(link);
            }
        }

        public void write(RowWriter row) {
            putHead(row, alias, claim, sidechain, kind, link, heldMonth, receivedAtMicros);
            if (guest != null) {
                guest.write(row);
                byte[] dimensions = guest.cell().encoded();
                row.putBlock(dimensions == null ? new byte[0] : dimensions);
            }
        }

        public static Message read(RowReader row) {
            return read(row.readId(), row);
        }

        /** What comes after the alias. */
        public static Message read(Id alias, RowReader row) {
            int heldMonth = row.readInt();
            int flags = row.readByte();
            long receivedAt = row.readLong();
            Id claim = (flags & CLAIM) == 0 ? null : row.readId();
            Id link = (flags & LINK) == 0 ? null : row.readId();
            boolean isGuest = (flags & GUEST) != 0;
            Report guest = isGuest ? Report.read(row).withDimensions(row.readBlock()) : null;
            return new Message(
                    alias,
                    claim,
                    (flags & SIDECHAIN) != 0,
                    isGuest ? RequestMessage.kind(flags >> KIND_SHIFT & KINDS) : null,
                    guest,
                    link,
                    heldMonth,
                    receivedAt);
        }
    }

    /** @param changed whether the message said something new */
    public record Step(Alias alias, List<RequestMessage> messages, boolean changed) {}

    public Step apply(Message message) {
        if (message.guest == null && message.claim != null && guests.isEmpty()) {
            return claimed(message.claim, message.sidechain); // nearly always
        }
        List<RequestMessage> out = new ArrayList<>();
        Alias next = this;
        if (message.claim != null) {
            next = message.sidechain
                    ? new Alias(mainOwner, smaller(sideOwner, message.claim), guests)
                    : new Alias(smaller(mainOwner, message.claim), sideOwner, guests);
            Id from = request(message.alias);
            Id to = next.request(message.alias);
            if (!from.equals(to)) {
                for (Report guest : guests) {
                    out.add(new RequestMessage(from, Kind.WITHDRAWAL, guest, message.receivedAtMicros));
                    out.add(new RequestMessage(to, Kind.RECORD, guest, message.receivedAtMicros));
                }
            }
        }
        if (message.guest != null && message.kind != null) {
            Report guest = message.guest.sentBy(message.alias.lo());
            Id request = next.request(message.alias);
            out.add(new RequestMessage(request, message.kind, guest, message.receivedAtMicros));
            if (!request.equals(message.alias) && message.kind != Kind.WITHDRAWAL) {
                // It may be booked under the alias, as one of more guests than are remembered.
                out.add(new RequestMessage(message.alias, Kind.WITHDRAWAL, guest, message.receivedAtMicros));
            }
            next = message.kind == Kind.WITHDRAWAL
                    ? new Alias(next.mainOwner, next.sideOwner, without(next.guests, guest))
                    : new Alias(next.mainOwner, next.sideOwner, with(next.guests, guest));
        }
        return new Step(next, out, !next.equals(this));
    }

    private Step claimed(Id claim, boolean sidechain) {
        Id known = sidechain ? sideOwner : mainOwner;
        Id owner = smaller(known, claim);
        return owner.equals(known)
                ? new Step(this, List.of(), false)
                : new Step(
                        sidechain ? new Alias(mainOwner, owner, guests) : new Alias(owner, sideOwner, guests),
                        List.of(),
                        true);
    }

    /** With a guest, in the place of what was known of it before. */
    static List<Report> with(List<Report> guests, Report guest) {
        List<Report> next = new ArrayList<>(guests);
        for (int i = 0; i < next.size(); i++) {
            if (next.get(i).event() == guest.event()) {
                next.set(i, guest);
                return List.copyOf(next);
            }
        }
        if (next.size() < Request.MAX_COPIES) {
            next.add(guest);
        }
        return List.copyOf(next);
    }

    private static List<Report> without(List<Report> guests, Report guest) {
        return guests.stream().filter(known -> known.event() != guest.event()).toList();
    }

    private Id request(Id alias) {
        if (mainOwner != null) {
            return mainOwner;
        }
        return sideOwner != null ? sideOwner : alias;
    }

    static Id smaller(@Nullable Id a, Id b) {
        return a == null || b.compareTo(a) < 0 ? b : a;
    }
}
