package io.sluice.server;

import io.sluice.claudeapi.SpendLimitsClient;
import io.sluice.claudeapi.SpendLimitsException;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Caps;
import io.sluice.core.directory.Document;
import io.sluice.schema.Cap;
import io.sluice.schema.CapVersion;
import io.sluice.schema.Delivery;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.Micros;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one organization's limits of single users through the Spend Limits API, while its settings ask for it: of each cap
 * the newest version, versions between are passed over. One request at a time, at the pace that upstream allows
 * ({@link UpstreamPace}). What is not taken is sent again ({@link Backoff}); what is refused waits for the next version of
 * the cap, or for a start of the server. What was taken is remembered over restarts ({@link DeliveryLog}); what a crash cuts
 * short is sent again, which changes nothing.
 */
final class LimitWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LimitWriter.class);
    private static final String DESTINATION = "spend-limits-api";
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /** How far upstream is with the newest version of a cap. */
    enum State {
        PENDING,
        DELIVERED,
        FAILED
    }

    /** @param reason why it is not there (yet); null: nothing went wrong so far */
    record Status(State state, long version, @Nullable String reason) {}

    /**
     * What became of the newest version of a cap so far.
     *
     * @param userId upstream's id of the user that it was sent for
     * @param due when it is sent again; {@link Instant#MAX}: it is not
     */
    private record Trouble(long version, String userId, int attempts, Instant due, String reason) {}

    private final Settings.SpendLimitsApi settings;
    private final SpendLimitsClient client;
    private final CapStore caps;
    private final DirectoryStore directory;
    private final DeliveryLog deliveries;
    private final Clock clock;
    private final UpstreamPace pace = new UpstreamPace();
    private final Map<String, Trouble> troubles = new ConcurrentHashMap<>();
    private final Thread thread = new Thread(this::run, "sluice-limits");
    private final CompletableFuture<Void> closing = new CompletableFuture<>();
    private boolean complained;

    LimitWriter(
            Settings.SpendLimitsApi settings,
            CapStore caps,
            DirectoryStore directory,
            DeliveryLog deliveries,
            Clock clock) {
        this.settings = settings;
        this.client = new SpendLimitsClient(settings.url(), settings.key(), PATIENCE);
        this.caps = caps;
        this.directory = directory;
        this.deliveries = deliveries;
        this.clock = clock;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Whether the address and the key are those of an organization. */
    boolean isOf(String orgId) {
        return settings.orgId().equals(orgId);
    }

    /** Null: it is not written upstream at all. */
    @Nullable
    Status status(String orgId, CapBook.Document cap) {
        Optional<CapVersion> newest = cap.newest();
        if (newest.isEmpty() || !isOf(orgId) || !isUsers(newest.get()) || on().isEmpty()) {
            return null;
        }
        long version = newest.get().getVersion();
        if (version <= delivered(cap.id())) {
            return new Status(State.DELIVERED, version, null);
        }
        Optional<String> userId = upstreamId(newest.get());
        if (userId.isEmpty()) {
            return new Status(
                    State.FAILED, version, "user_id: nobody in the directory (expected: a user of the directory)");
        }
        Trouble trouble = trouble(newest.get(), userId.get());
        if (trouble == null) {
            Instant until = pace.pausedUntil();
            boolean paused = clock.instant().isBefore(until);
            return new Status(State.PENDING, version, paused ? "upstream wants no requests before " + until : null);
        }
        State state = trouble.due().equals(Instant.MAX) ? State.FAILED : State.PENDING;
        return new Status(state, version, trouble.reason());
    }

    private static boolean isUsers(CapVersion version) {
        Cap cap = version.getCap();
        return cap != null && CapScope.USER.scopeName().equals(cap.getScopeType());
    }

    /**
     * Upstream's id of a cap's user: the account id that the directory has of them, else the directory's own id as it is.
     * Empty: a label that is nobody's in the directory. Whose limit is there already may have left since.
     */
    private Optional<String> upstreamId(CapVersion version) {
        String id = String.valueOf(version.getCap().getScopeId());
        Optional<Document<DirectoryUser>> user = directory.of(settings.orgId()).user(id);
        if (user.isEmpty()) {
            return delivered(version.getId()) > 0 ? Optional.of(id) : Optional.empty();
        }
        return Optional.of(Objects.requireNonNullElse(user.get().content().getAccountId(), id));
    }

    /** Null: nothing went wrong with this version for this user. */
    private @Nullable Trouble trouble(CapVersion newest, String userId) {
        Trouble trouble = troubles.get(newest.getId());
        boolean same = trouble != null
                && trouble.version() == newest.getVersion()
                && trouble.userId().equals(userId);
        return same ? trouble : null;
    }

    private long delivered(String capId) {
        return deliveries.version(settings.orgId(), DESTINATION, capId);
    }

    /** Since when the organization wants it, in microseconds; empty: it does not. */
    private Optional<Long> on() {
        List<CapVersion> versions =
                caps.document(settings.orgId(), Caps.SETTINGS, settings.orgId()).versions();
        Long since = null;
        for (CapVersion version : versions) {
            boolean wanted = !version.getDeleted() && version.getSettings().getWriteUpstream();
            since = !wanted ? null : since == null ? (Long) version.getRecordedAt() : since;
        }
        return Optional.ofNullable(since);
    }

    private void run() {
        CompletableFuture.anyOf(CompletableFuture.allOf(caps.loaded(), directory.loaded()), closing)
                .join();
        while (!closing.isDone()) {
            try {
                round();
                complained = false;
            } catch (KafkaException | UnknownHostException e) {
                if (!complained) {
                    LOG.warn("Limits are written upstream later: {}", e.toString());
                    complained = true;
                }
            } catch (RuntimeException e) {
                // What is sent while the server ends fails, and is sent again after the next start.
                if (!closing.isDone()) {
                    LOG.error("Limits cannot be written upstream", e);
                }
            }
            pause();
        }
    }

    /** All that is due, as far as the pace allows. */
    private void round() throws UnknownHostException {
        Optional<Long> since = on();
        if (since.isEmpty()) {
            return;
        }
        boolean caughtUp = false;
        for (CapBook.Document cap : due()) {
            if (!caughtUp) {
                // Perhaps it was delivered before the start, or by another server.
                deliveries.catchUp();
                OutgoingAddress.resolve(OutgoingAddress.host(settings.url()), true);
                caughtUp = true;
            }
            if (closing.isDone() || !write(cap.id(), since.get())) {
                return;
            }
        }
    }

    /** Whose newest version is to be sent now, the one that waits longest first. */
    private List<CapBook.Document> due() {
        Instant now = clock.instant();
        return caps.read(settings.orgId(), book -> book.userCapsAfter(this::delivered)).stream()
                .filter(cap -> isDue(cap.newest().orElseThrow(), now))
                .sorted(Comparator.comparingLong(
                        cap -> cap.newest().orElseThrow().getRecordedAt()))
                .toList();
    }

    private boolean isDue(CapVersion newest, Instant now) {
        Optional<String> userId = upstreamId(newest);
        // A version may begin a few seconds ahead of this clock.
        if (userId.isEmpty() || newest.getEffectiveAt() > Micros.of(now)) {
            return false;
        }
        Trouble trouble = trouble(newest, userId.get());
        return trouble == null || !now.isBefore(trouble.due());
    }

    /**
     * Writes what is in force of a cap.
     *
     * @return false: nothing more may be sent now
     */
    private boolean write(String capId, long since) {
        // What came in since the round began goes at once.
        CapBook.Document cap = caps.document(settings.orgId(), Caps.CAP, capId);
        CapVersion newest = cap.newest().orElseThrow();
        Optional<String> upstreamId = upstreamId(newest);
        if (newest.getVersion() <= delivered(capId) || upstreamId.isEmpty()) {
            return true;
        }
        String userId = upstreamId.get();
        Optional<CapVersion> limit = cap.inForce(Micros.of(clock.instant()))
                .filter(version -> version.getCap().getEnabled());
        // What was removed before anything was written is not ours to remove upstream.
        boolean nothing = limit.isEmpty() && delivered(capId) == 0 && newest.getRecordedAt() < since;
        Trouble trouble = trouble(newest, userId);
        int attempts = trouble == null ? 0 : trouble.attempts();
        try {
            if (!nothing
                    && !(limit.isPresent() ? put(userId, limit.get().getCap()) : remove(userId, newest.getCap()))) {
                return false;
            }
            troubles.remove(capId);
            deliveries.add(Delivery.newBuilder()
                    .setOrgId(settings.orgId())
                    .setDestination(DESTINATION)
                    .setSubject(capId)
                    .setVersion(newest.getVersion())
                    .setDeliveredAt(Micros.of(clock.instant()))
                    .setAttempts(attempts + 1)
                    .build());
            return true;
        } catch (SpendLimitsException e) {
            return failed(newest, userId, attempts + 1, e);
        }
    }

    private boolean put(String userId, Cap cap) {
        Long micros = cap.getAmountMicros();
        Long cents = micros == null ? null : Long.valueOf(micros / CapFields.MICROS_PER_CENT);
        return paced(() -> {
                    client.put(userId, cap.getPeriod(), cents);
                    return true;
                })
                .isPresent();
    }

    /** Upstream says what its id is; there may be none. */
    private boolean remove(String userId, Cap cap) {
        Optional<Optional<String>> found = paced(() -> client.overrideOf(userId, cap.getPeriod()));
        if (found.isEmpty()) {
            return false;
        }
        return found.get().isEmpty()
                || paced(() -> {
                            client.delete(found.get().get());
                            return true;
                        })
                        .isPresent();
    }

    /** Empty: it may not be sent now. */
    private <T> Optional<T> paced(Supplier<T> request) {
        if (!pace.allows(clock.instant())) {
            return Optional.empty();
        }
        try {
            return Optional.of(request.get());
        } finally {
            pace.ended(clock.instant());
        }
    }

    private boolean failed(CapVersion newest, String userId, int attempts, SpendLimitsException failure) {
        Instant now = clock.instant();
        boolean refused = failure.kind() == SpendLimitsException.Kind.REFUSED;
        boolean limited = failure.kind() == SpendLimitsException.Kind.RATE_LIMITED;
        Duration delay = Backoff.delay(attempts, failure.retryAfter().orElse(null));
        boolean last = refused || attempts >= Backoff.MOST_ATTEMPTS;
        String reason = failure.getMessage() + " (attempt " + attempts + ")";
        troubles.put(
                newest.getId(),
                new Trouble(newest.getVersion(), userId, attempts, last ? Instant.MAX : now.plus(delay), reason));
        if (limited) {
            pace.pauseUntil(now.plus(delay));
        }
        String id = CapIds.external(newest.getId());
        if (last) {
            LOG.error("Version {} of {} is not written upstream: {}", newest.getVersion(), id, reason);
        } else {
            LOG.warn(
                    "Version {} of {} is written upstream in {} s: {}",
                    newest.getVersion(),
                    id,
                    delay.toSeconds(),
                    reason);
        }
        return !limited;
    }

    private void pause() {
        try {
            closing.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // The ordinary end of a pause.
        } catch (ExecutionException | InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closing.complete(null);
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(3).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!thread.isAlive()) {
            deliveries.close();
        }
    }
}
