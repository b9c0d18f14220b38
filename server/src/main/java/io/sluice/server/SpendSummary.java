package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Caps;
import io.sluice.core.caps.Limit;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.schema.DirectoryUser;
import java.util.NavigableMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One member's limit for a period and the spend so far, as the Spend Limits API shows them. */
final class SpendSummary {
    private SpendSummary() {}

    /** @param limit null: none */
    static ObjectNode of(
            CapRoutes common, Call call, CapMembers.Member member, CapPeriod period, @Nullable Limit limit, long now) {
        Directory directory = common.directory(call);
        ObjectNode json = CapRoutes.object();
        json.set("scope", CapRoutes.scope(CapScope.USER, id(member)));
        json.set("actor", actor(member));
        json.put("amount", CapRoutes.cents(limit == null ? null : limit.amountMicros()))
                .put("amount_micros", limit == null ? null : limit.amountMicros())
                .put("currency", "USD")
                .put("period", period.periodName());
        json.set("source", limit == null ? null : CapRoutes.scope(limit.scope(), limit.scopeId()));
        NavigableMap<Long, Long> byDay = common.spent().byDay(call.orgId(), member.labels());
        long start = period.start(now);
        long spent = byDay.subMap(start, period.end(start)).values().stream()
                .mapToLong(Long::longValue)
                .sum();
        return json.put("source_name", limit == null ? null : CapNames.of(directory, limit.scope(), limit.scopeId()))
                .put("spend_limit_id", limit == null ? null : CapIds.external(limit.capId()))
                .put("period_to_date_spend", CapRoutes.decimalCents(spent))
                .put("known", member.user().isPresent());
    }

    static ObjectNode of(CapRoutes common, Call call, Caps caps, CapMembers.Member member, CapPeriod period, long now) {
        Limit limit = member.limit(caps, common.directory(call), period, now).limit();
        return of(common, call, member, period, limit, now);
    }

    private static String id(CapMembers.Member member) {
        String userId = member.userId();
        return userId == null ? member.name() : userId;
    }

    static ObjectNode actor(CapMembers.Member member) {
        String id = id(member);
        Optional<DirectoryUser> user = member.user().map(Document::content);
        return CapRoutes.object()
                .put("type", "user_actor")
                .put("user_id", id)
                .put("name", user.map(DirectoryUser::getDisplayName).orElse(null))
                .put("email_address", user.map(UserJson::email).orElseGet(() -> id.indexOf('@') >= 0 ? id : null))
                .put("deleted", false);
    }
}
