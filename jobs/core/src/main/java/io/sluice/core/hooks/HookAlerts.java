package io.sluice.core.hooks;

import io.sluice.core.caps.Alerts;
import io.sluice.core.spend.Id;
import io.sluice.schema.Alert;
import java.nio.charset.StandardCharsets;

/** Alerts about hooks, as they are told. They are of a session, and of no cap. */
public final class HookAlerts {
    public static final String SESSION = "session";

    private HookAlerts() {}

    public static Alert of(String orgId, String sessionId, HookWatch watch, HookWatch.Change change) {
        HookWatch.Told told = change.told();
        return Alert.newBuilder()
                .setOrgId(orgId)
                .setId(id(orgId, change.kind(), sessionId, told.occurrence()))
                .setKind(change.kind())
                .setStatus(told.firing() ? Alerts.FIRING : Alerts.RESOLVED)
                .setUser(watch.user().isEmpty() ? null : watch.user())
                .setScopeType(SESSION)
                .setScopeId(sessionId)
                .setCapId("")
                .setCapVersion(0)
                .setPeriod("")
                .setPeriodStart(0)
                .setAmountMicros(0)
                .setThreshold(0)
                .setOccurrence(told.occurrence())
                .setCause(change.claimed())
                .setSpendBeforeMicros(0)
                .setSpendAfterMicros(0)
                .setCrossingEventId(watch.eventId().isEmpty() ? null : watch.eventId())
                .setAt(told.at())
                .build();
    }

    private static String id(String orgId, String kind, String sessionId, int occurrence) {
        StringBuilder text = new StringBuilder();
        for (Object part : new Object[] {orgId, kind, sessionId, occurrence}) {
            String each = part.toString();
            text.append(each.length()).append(':').append(each);
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        return Id.of(bytes, 0, bytes.length).text();
    }
}
