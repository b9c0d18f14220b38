package io.sluice.simulator;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** One user's day, in the user's time zone: when client processes start, and what each does. */
final class Workday {
    private static final long OVERTIME_MILLIS = 3_600_000;
    /** The shortest between two client processes; the longest is twice that. */
    private static final long BREAK_MILLIS = 60_000;

    private final SimulationOptions options;
    private final int index;
    private final User user;
    private final LocalDate date;
    private final Random random;
    private final long begin;
    private final long length;
    private final long onlineMillis;
    private final int processes;
    private int started;
    private long dueMillis;
    private boolean overlaps;
    /** The one before, which may be resumed. */
    private @Nullable Session session;
    /** When the user's last running process exits. */
    private long busyUntil;

    static Workday first(SimulationOptions options, Organization organization, int index) {
        User user = organization.user(index);
        // The local day that has begun at the start: what lies before is left out.
        LocalDate date = LocalDate.ofInstant(options.start(), user.zone());
        return new Workday(options, index, user, date, null, options.start().toEpochMilli() - 2 * BREAK_MILLIS);
    }

    private Workday(
            SimulationOptions options,
            int index,
            User user,
            LocalDate date,
            @Nullable Session session,
            long busyUntil) {
        this.options = options;
        this.index = index;
        this.user = user;
        this.date = date;
        random = Randoms.of(options.seed(), index, date.toEpochDay());
        begin = date.atStartOfDay(user.zone()).toInstant().toEpochMilli() + user.workStartMinute() * 60_000L;
        length = user.workMinutes() * 60_000L;
        boolean weekend = date.getDayOfWeek().getValue() >= DayOfWeek.SATURDAY.getValue();
        boolean works = Randoms.happens(random, options.share(Share.WEEKENDS)) || !weekend;
        double wanted = options.sessionsPerDay() * (0.5 + random.nextDouble());
        int whole = (int) wanted;
        int drawn = whole + (Randoms.happens(random, wanted - whole) ? 1 : 0);
        processes = works ? drawn : 0;
        boolean late = Randoms.happens(random, options.share(Share.LATE));
        onlineMillis = late
                ? begin
                        + length
                        + Randoms.between(
                                random, 3_600_000, options.maxLateness().toMillis())
                : begin;
        this.session = session;
        this.busyUntil = busyUntil;
        schedule();
    }

    private void schedule() {
        long slot = begin + (long) (length * (started + 0.8 * random.nextDouble()) / Math.max(1, processes));
        overlaps = busyUntil > dueMillis && started > 0 && Randoms.happens(random, options.share(Share.OVERLAPPING));
        dueMillis = overlaps
                ? dueMillis + (busyUntil - dueMillis) / 2
                : Math.max(slot, busyUntil + BREAK_MILLIS + random.nextInt((int) BREAK_MILLIS));
        if (dueMillis > begin + length + OVERTIME_MILLIS) {
            started = processes;
        }
    }

    /** When the next process starts; if the day is over, when it was noticed. */
    long dueMillis() {
        return dueMillis;
    }

    /** Nothing of this day is sent before. */
    long onlineMillis() {
        return onlineMillis;
    }

    String email() {
        return user.email();
    }

    Random random() {
        return random;
    }

    boolean isOver() {
        return started >= processes;
    }

    /** Starts the next process, and plans the one after it. Empty: none is left, or it is outside of the simulated time. */
    List<Export> startProcess() {
        if (isOver()) {
            return List.of();
        }
        started++;
        List<Export> exports = List.of();
        if (Conversation.fits(options, dueMillis)) {
            Conversation.Start start = Conversation.Start.FRESH;
            Session current = session;
            if (current == null || overlaps || !Randoms.happens(random, options.share(Share.RESUMED))) {
                current = fresh();
            } else {
                start = random.nextBoolean() ? Conversation.Start.RESUME : Conversation.Start.CONTINUE;
            }
            session = current;
            Conversation.Run run = Conversation.run(user, current, start, options, random, dueMillis);
            exports = run.exports();
            busyUntil = Math.max(busyUntil, run.exitMillis());
        }
        if (!isOver()) {
            schedule();
        }
        return exports;
    }

    private Session fresh() {
        boolean desktop = Randoms.happens(random, options.share(Share.DESKTOP));
        Repository repository = Randoms.happens(random, 0.1) ? null : Randoms.pick(random, user.repositories());
        return new Session(Randoms.uuid(random), desktop, repository);
    }

    /** Null: outside of the simulated time. */
    @Nullable
    Workday next(Organization organization) {
        LocalDate tomorrow = date.plusDays(1);
        Instant midnight = tomorrow.atStartOfDay(user.zone()).toInstant();
        return midnight.isBefore(options.end())
                ? new Workday(options, index, user, tomorrow, session, busyUntil)
                : null;
    }
}
