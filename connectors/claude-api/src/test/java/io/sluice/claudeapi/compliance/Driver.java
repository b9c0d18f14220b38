package io.sluice.claudeapi.compliance;

import io.sluice.claudeapi.ApiKey;
import io.sluice.claudeapi.TestPace;
import io.sluice.schema.Micros;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A task that takes checkpoints, of which some fail, and dies, and goes on from the newest that is complete, or from an older one. */
final class Driver {
    /** Runs what it is given at once. */
    private static final class Direct extends AbstractExecutorService {
        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }

    private static final int MOST_OLDER = 8;

    static final String KEY = "sk-ant-api01-test";

    final Recipient recipient = new Recipient();
    final TestPace pace;
    ComplianceAccount account;
    /** Of readers that begin from now on. */
    boolean files = true;

    private final ComplianceSplitSerializer serializer = new ComplianceSplitSerializer();
    private byte[] saved;
    /** Complete checkpoints, the newest last. */
    private final Deque<byte[]> older = new ArrayDeque<>();

    private ComplianceReader reader;
    private long checkpoint;
    int deaths;

    Driver(URI url, Path key, TestPace pace, Instant from) throws IOException {
        this(url, key, pace, ComplianceSplit.first("acme", Micros.of(from), Micros.of(pace.now())), 600, 60);
    }

    Driver(URI url, Path key, TestPace pace, ComplianceSplit split, int perMinute, int reserve) throws IOException {
        this.pace = pace;
        account = new ComplianceAccount("acme", url, ApiKey.file(key), Duration.ofSeconds(30), perMinute, reserve);
        saved = serializer.serialize(split);
        reader = restored();
    }

    /** In a new process: nothing is known of what was asked before. */
    private ComplianceReader restored() throws IOException {
        Budget budget = new Budget(account.perMinute(), account.reserve());
        ComplianceReader begun =
                new ComplianceReader(account, files, new ComplianceApi(account, budget, pace), pace, new Direct());
        begun.addSplits(List.of(serializer.deserialize(serializer.getVersion(), saved)));
        return begun;
    }

    void runUntil(Instant end) throws IOException {
        runUntil(() -> !pace.clock().instant().isBefore(end), null);
    }

    void runUntil(Instant end, Random mortal) throws IOException {
        runUntil(() -> !pace.clock().instant().isBefore(end), mortal);
    }

    /** @param mortal null: it does not die */
    void runUntil(BooleanSupplier end, @Nullable Random mortal) throws IOException {
        while (!end.getAsBoolean()) {
            if (mortal != null && mortal.nextInt(150) == 0) {
                pace.crashAfter(1 + mortal.nextInt(6));
            }
            try {
                reader.pollNext(recipient);
            } catch (TestPace.Crash e) {
                deaths++;
                pace.sleep(Duration.ofSeconds(Objects.requireNonNull(mortal).nextInt(240)));
                saved = mortal.nextInt(4) == 0 && !older.isEmpty() ? older.getFirst() : saved;
                reader = restored();
            }
            if (mortal != null && mortal.nextInt(12) == 0) {
                checkpoint(mortal.nextInt(4) != 0);
            }
        }
    }

    /** @param completes whether anything may begin from it */
    void checkpoint(boolean completes) throws IOException {
        byte[] state = serializer.serialize(split());
        if (completes) {
            saved = state;
            older.addLast(state);
            if (older.size() > MOST_OLDER) {
                older.removeFirst();
            }
        }
    }

    /** It dies now, and begins from the newest checkpoint. */
    void restart() throws IOException {
        reader = restored();
    }

    ComplianceSplit split() {
        return reader.snapshotState(++checkpoint).get(0);
    }

    int failing() {
        return reader.failing();
    }
}
