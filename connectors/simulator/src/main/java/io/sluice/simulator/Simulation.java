package io.sluice.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A simulated organization at work: the OTLP requests of its clients in the order in which they are sent. Lazy: what is
 * held at a time are the requests of the client processes that run, and what offline laptops and re-sends still owe;
 * that grows with users, not with days.
 */
public final class Simulation {
    private final SimulationOptions options;
    private final Organization organization;

    public Simulation(SimulationOptions options) {
        this.options = options;
        organization = new Organization(options);
    }

    /** A new run from the beginning. The same options give the same batches. Not thread-safe. */
    public Iterator<Batch> batches() {
        Iterator<Batch> inOrder = new Run(options, organization);
        return options.shuffleWindow() == 1 ? inOrder : new Shuffled(inOrder, options);
    }

    /** Something due at a time: the next step of a user, or a batch to be sent. */
    private record Due(
            long atMillis,
            long number,
            @Nullable Workday workday,
            @Nullable Batch batch) {
        private static final Comparator<Due> ORDER =
                Comparator.comparingLong(Due::atMillis).thenComparingLong(Due::number);
    }

    static final class Run implements Iterator<Batch> {
        private final SimulationOptions options;
        private final Organization organization;
        private final PriorityQueue<Due> queue = new PriorityQueue<>(Due.ORDER);
        private final long end;
        private long number;

        Run(SimulationOptions options, Organization organization) {
            this.options = options;
            this.organization = organization;
            end = options.end().toEpochMilli();
            for (int user = 0; user < options.users(); user++) {
                enqueue(Workday.first(options, organization, user));
            }
        }

        /** How much is held in memory. */
        int pending() {
            return queue.size();
        }

        @Override
        public boolean hasNext() {
            while (true) {
                Due due = queue.peek();
                if (due == null) {
                    return false;
                }
                Workday workday = due.workday();
                if (workday == null) {
                    return true;
                }
                queue.remove();
                for (Export export : workday.startProcess()) {
                    send(export, workday);
                }
                Workday next = workday.isOver() ? workday.next(organization) : workday;
                if (next != null) {
                    enqueue(next);
                }
            }
        }

        @Override
        public Batch next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Batch batch = queue.remove().batch();
            if (batch == null) {
                throw new IllegalStateException("hasNext left a workday in front");
            }
            return batch;
        }

        private void enqueue(Workday workday) {
            queue.add(new Due(workday.dueMillis(), number++, workday, null));
        }

        private void send(Export export, Workday workday) {
            Random random = workday.random();
            long sentAt = Math.min(
                    end - 1, Math.max(export.atMillis() + Randoms.between(random, 5, 200), workday.onlineMillis()));
            Batch batch = new Batch(
                    export.signal(),
                    workday.email(),
                    Instant.ofEpochMilli(sentAt),
                    export.request(),
                    export.records(),
                    export.spend(),
                    false);
            queue.add(new Due(sentAt, number++, null, batch));
            if (Randoms.happens(random, options.share(Share.DUPLICATES))) {
                // Mostly the client itself, whose first try was not answered; else a collector in between.
                long delay = Randoms.happens(random, 0.9)
                        ? Randoms.between(random, 1_000, 8_000)
                        : Randoms.between(random, 8_000, Duration.ofHours(6).toMillis());
                long againAt = Math.min(end - 1, sentAt + delay);
                queue.add(new Due(againAt, number++, null, batch.again(Instant.ofEpochMilli(againAt))));
            }
        }
    }

    /** Picks at random among the next batches; each user's stay in order. */
    private static final class Shuffled implements Iterator<Batch> {
        private final Iterator<Batch> source;
        private final int window;
        private final Random random;
        private final List<Batch> waiting = new ArrayList<>();

        private Shuffled(Iterator<Batch> source, SimulationOptions options) {
            this.source = source;
            window = options.shuffleWindow();
            random = Randoms.of(options.seed(), -1);
        }

        @Override
        public boolean hasNext() {
            return !waiting.isEmpty() || source.hasNext();
        }

        @Override
        public Batch next() {
            while (waiting.size() < window && source.hasNext()) {
                waiting.add(source.next());
            }
            if (waiting.isEmpty()) {
                throw new NoSuchElementException();
            }
            String user = Randoms.pick(random, waiting).user();
            for (int i = 0; ; i++) {
                if (waiting.get(i).user().equals(user)) {
                    return waiting.remove(i);
                }
            }
        }
    }
}
