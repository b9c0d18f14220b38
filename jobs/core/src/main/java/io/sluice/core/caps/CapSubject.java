package io.sluice.core.caps;

import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.schema.Alert;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whose spend is compared with limits.
 *
 * @param scope {@code USER}, {@code GROUP_POOL} or {@code ORGANIZATION_TOTAL}
 * @param name of a person the label under which telemetry shows it, of a pool the id of its group, of the total that of the
 *     organization
 */
public record CapSubject(String orgId, CapScope scope, String name) {
    public static CapSubject person(String orgId, String label) {
        return new CapSubject(orgId, CapScope.USER, label);
    }

    public static CapSubject pool(String orgId, String groupId) {
        return new CapSubject(orgId, CapScope.GROUP_POOL, groupId);
    }

    public static CapSubject total(String orgId) {
        return new CapSubject(orgId, CapScope.ORGANIZATION_TOTAL, orgId);
    }

    /** Whom an alert is about. Empty: it is of a newer build. */
    public static Optional<CapSubject> of(Alert alert) {
        if (alert.getUser() != null) {
            return Optional.of(person(alert.getOrgId(), alert.getUser()));
        }
        return CapScope.named(alert.getScopeType())
                .filter(CapScope::isShared)
                .map(scope -> scope == CapScope.GROUP_POOL
                        ? pool(alert.getOrgId(), Objects.requireNonNull(alert.getScopeId()))
                        : total(alert.getOrgId()));
    }

    /** What a record has by itself takes several times as long, and each event asks. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CapSubject subject
                && scope == subject.scope
                && name.equals(subject.name)
                && orgId.equals(subject.orgId);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * orgId.hashCode() + name.hashCode()) + scope.ordinal();
    }

    /** Of a person's label; null: of a pool or the total. */
    public @Nullable String user() {
        return scope == CapScope.USER ? name : null;
    }

    /** What caps of it name. */
    @Nullable
    String scopeId() {
        return scope.hasId() ? name : null;
    }

    /** Of a person that of its cells' account. */
    public Id id() {
        if (scope == CapScope.USER) {
            return Dimensions.account(orgId, name);
        }
        RowWriter row = new RowWriter(64);
        write(row);
        return Id.of(row.array(), 0, row.length());
    }

    public void write(RowWriter to) {
        to.putByte(scope.ordinal());
        to.putBlock(orgId.getBytes(StandardCharsets.UTF_8));
        to.putBlock(name.getBytes(StandardCharsets.UTF_8));
    }

    public static CapSubject read(RowReader from) {
        CapScope scope = CapScope.values()[from.readByte()];
        return new CapSubject(
                new String(from.readBlock(), StandardCharsets.UTF_8),
                scope,
                new String(from.readBlock(), StandardCharsets.UTF_8));
    }
}
