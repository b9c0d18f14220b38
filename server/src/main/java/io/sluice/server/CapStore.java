package io.sluice.server;

import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Caps;
import io.sluice.core.caps.IncreaseRequests;
import io.sluice.schema.Cap;
import io.sluice.schema.CapVersion;
import io.sluice.schema.IncreaseRequest;
import io.sluice.schema.Micros;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Accepts versions of caps and of the settings of caps, and has them in memory. Blocking, but for reads. */
final class CapStore implements AutoCloseable {
    private final CapBook book = new CapBook();
    private final VersionStore<CapVersion> versions;

    CapStore(Settings settings, Kafka kafka, Elastic elastic, Clock clock) {
        versions = new VersionStore<>(
                Control.CAPS,
                new VersionIndex<>(elastic, Control.CAPS),
                new VersionTopic<>(settings, kafka, Control.CAPS, book::apply),
                book::newest,
                clock);
    }

    void start() {
        versions.start(this::owesLimit, this::setOwedLimit);
    }

    /** Completes when the caps are known as they were at start. */
    CompletableFuture<Void> loaded() {
        return versions.loaded();
    }

    /** @throws Refusal UNAVAILABLE while the caps are not known */
    void requireLoaded() {
        versions.requireLoaded();
    }

    Instant now() {
        return versions.now();
    }

    long nowMicros() {
        return Micros.of(now());
    }

    /** See {@link CapBook#read}. */
    <T> T read(String orgId, Function<CapBook.OfOrganization, T> queries) {
        return book.read(orgId, queries);
    }

    CapBook.Document document(String orgId, String kind, String id) {
        return book.read(orgId, caps -> caps.document(kind, id));
    }

    /** See {@link VersionStore#change}. */
    <T> T change(Supplier<T> change) {
        return versions.change(change);
    }

    /** What any server has answered by now is known then, unless Kafka does not say. */
    void catchUp() {
        versions.catchUp();
    }

    private CapBook.Document limitOf(CapVersion request) {
        IncreaseRequest asked = request.getIncreaseRequest();
        CapPeriod period = CapPeriod.named(asked.getPeriod()).orElseThrow();
        return document(request.getOrgId(), Caps.CAP, Caps.id(CapScope.USER, asked.getUserId(), period));
    }

    private boolean owesLimit(CapVersion version) {
        return version.getKind().equals(IncreaseRequests.KIND)
                && IncreaseRequests.owesLimit(version.getIncreaseRequest(), newest(limitOf(version)));
    }

    private static long newest(CapBook.Document document) {
        return document.newest().map(CapVersion::getVersion).orElse(0L);
    }

    /**
     * Sets the limit of an approved request, unless it is set or somebody has changed the limit since. Right after the
     * approval, and for one that a crash cut short by whichever server meets it.
     */
    void setOwedLimit(CapVersion approval) {
        change(() -> {
            CapBook.Document before = limitOf(approval);
            IncreaseRequest request = approval.getIncreaseRequest();
            if (IncreaseRequests.owesLimit(request, newest(before))) {
                Optional<Cap> limit =
                        before.newest().filter(version -> !version.getDeleted()).map(CapVersion::getCap);
                accept(after(before, approval.getOrgId(), Caps.CAP, approval.getChangedBy())
                        .setCap(Cap.newBuilder()
                                .setScopeType(CapScope.USER.scopeName())
                                .setScopeId(request.getUserId())
                                .setPeriod(request.getPeriod())
                                .setAmountMicros(request.getAmountMicros())
                                .setThresholds(limit.map(Cap::getThresholds).orElse(LimitRoutes.DEFAULT_THRESHOLDS))
                                .setEnabled(true)
                                .setReason("increase request " + approval.getId())
                                .build())
                        .build());
            }
            return approval;
        });
    }

    /**
     * The next version of what was read, without its content; it is later than the version that it follows, whatever the
     * clocks say, and holds from then on.
     *
     * @param changedBy id of the token that was used
     */
    CapVersion.Builder after(CapBook.Document before, String orgId, String kind, String changedBy) {
        Optional<CapVersion> newest = before.newest();
        long at = newest.map(version -> Math.max(nowMicros(), version.getRecordedAt() + 1))
                .orElseGet(this::nowMicros);
        return CapVersion.newBuilder()
                .setOrgId(orgId)
                .setKind(kind)
                .setId(before.id())
                .setVersion(newest.map(CapVersion::getVersion).orElse(0L) + 1)
                .setRecordedAt(at)
                .setCreatedAt(newest.map(CapVersion::getCreatedAt).orElse(at))
                // What is to hold from now on does not begin before an earlier one, which would be in force then.
                .setEffectiveAt(before.versions().stream()
                        .mapToLong(CapVersion::getEffectiveAt)
                        .reduce(at, Math::max))
                .setChangedBy(changedBy);
    }

    /** Only within {@link #change}. */
    CapVersion accept(CapVersion version) {
        versions.requireSize(version);
        versions.write(List.of(version));
        return version;
    }

    @Override
    public void close() {
        versions.close();
    }
}
