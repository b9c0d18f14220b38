package io.sluice.core.caps;

import io.sluice.core.spend.Id;
import io.sluice.schema.Alert;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Alerts as they are told. */
public final class Alerts {
    public static final String SPEND_THRESHOLD = "spend_threshold";
    public static final String FIRING = "firing";
    public static final String RESOLVED = "resolved";

    private Alerts() {}

    /**
     * The same for the same subject, cap, version, period, threshold and occurrence.
     *
     * @return 22 characters, safe in URLs
     */
    public static String id(CapSubject subject, CapPeriod period, long periodStart, AlertBook.Key key, int occurrence) {
        StringBuilder text = new StringBuilder();
        for (Object part : new @Nullable Object[] {
            subject.orgId(),
            subject.user(),
            period.periodName(),
            periodStart,
            key.capId(),
            key.capVersion(),
            key.percent(),
            occurrence
        }) {
            String each = part == null ? "" : part.toString();
            text.append(each.length()).append(':').append(each);
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        return Id.of(bytes, 0, bytes.length).text();
    }

    /** Without what describes the telling: {@code cause}, spend, event, {@code late}, {@code at}. */
    public static Alert.Builder alert(CapSubject subject, CapPeriod period, long periodStart, AlertBook.Change change) {
        AlertBook.Key key = change.key();
        return Alert.newBuilder()
                .setOrgId(subject.orgId())
                .setId(id(subject, period, periodStart, key, change.occurrence()))
                .setKind(SPEND_THRESHOLD)
                .setStatus(change.isFiring() ? FIRING : RESOLVED)
                .setUser(subject.user())
                .setCapId(key.capId())
                .setCapVersion(key.capVersion())
                .setPeriod(period.periodName())
                .setPeriodStart(periodStart)
                .setThreshold(key.percent())
                .setOccurrence(change.occurrence())
                .setScopeType(Caps.scope(key.capId()).scopeName())
                .setScopeId(Caps.scopeId(key.capId()))
                .setAmountMicros(change.amountMicros());
    }
}
