package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Caps;
import io.sluice.core.caps.Limit;
import io.sluice.core.directory.Directory;
import io.sluice.schema.Cap;
import io.sluice.schema.CapVersion;
import io.sluice.schema.Micros;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /v1/organizations/spend_limits}: caps in the form of the Spend Limits API, with what it does not have besides. */
final class LimitRoutes {
    private static final String PATH = "/v1/organizations/spend_limits";
    private static final String ONE = PATH + "/{id}";
    private static final String SCOPE_TYPE = "scope_type[]";
    private static final String USER_IDS = "user_ids[]";
    private static final String PERIOD = "period[]";
    static final List<Integer> DEFAULT_THRESHOLDS = List.of(50, 75, 90, 100);

    /** As upstream lists them, the most general first. */
    private static final List<CapScope> ORDER = List.of(
            CapScope.ORGANIZATION,
            CapScope.ORGANIZATION_TOTAL,
            CapScope.SEAT_TIER,
            CapScope.GROUP,
            CapScope.GROUP_POOL,
            CapScope.USER);

    private final CapRoutes common;
    private final CapStore store;

    LimitRoutes(CapRoutes common) {
        this.common = common;
        this.store = common.store();
    }

    List<Route> routes() {
        return List.of(
                common.read(PATH, this::list).parameters(Set.of(SCOPE_TYPE, "limit", "page")),
                common.write(HttpMethod.POST, PATH, this::put),
                common.read(PATH + "/effective", this::effective).parameters(Set.of(USER_IDS, PERIOD, "limit", "page")),
                common.read(ONE, this::get),
                common.write(HttpMethod.DELETE, ONE, this::delete).parameters(Set.of("reason")),
                common.read(ONE + "/history", this::history));
    }

    private HttpResponse list(Call call) {
        List<CapScope> wanted = new ArrayList<>();
        for (String name : call.parameters().names(SCOPE_TYPE)) {
            wanted.add(CapScope.named(name)
                    .orElseThrow(() -> Refusal.invalid(SCOPE_TYPE, name, "one of " + CapFields.scopeNames())));
        }
        KeyPage page = KeyPage.of(call);
        long now = store.nowMicros();
        return Answers.ok(store.read(
                call.orgId(),
                caps -> page.answer(
                        caps.allCaps().stream()
                                .filter(cap -> wanted.isEmpty() || wanted.contains(scope(cap)))
                                .sorted(Comparator.comparing(LimitRoutes::key)),
                        LimitRoutes::key,
                        cap -> cap.inForce(now)
                                .map(version -> json(call, cap, cap.version(), version))
                                .orElse(null))));
    }

    private static CapScope scope(CapBook.Document cap) {
        return CapScope.named(cap.id().substring(0, cap.id().indexOf('|'))).orElseThrow();
    }

    /** Where it stands in the list. */
    private static String key(CapBook.Document cap) {
        String id = cap.id();
        String period = id.substring(id.lastIndexOf('|') + 1);
        return ORDER.indexOf(scope(cap))
                + id.substring(id.indexOf('|'), id.lastIndexOf('|') + 1)
                + CapPeriod.named(period).map(CapPeriod::ordinal).orElseThrow();
    }

    private CapBook.Document document(Call call) {
        return store.document(call.orgId(), Caps.CAP, CapIds.internal(call.path("id")));
    }

    private static Refusal absent() {
        return DirectoryRoutes.absent("id", "spend limit");
    }

    private HttpResponse get(Call call) {
        CapBook.Document cap = document(call);
        CapVersion version = cap.inForce(store.nowMicros()).orElseThrow(LimitRoutes::absent);
        return Answers.versioned(HttpStatus.OK, cap.version(), json(call, cap, cap.version(), version));
    }

    /** Newest first; also of a cap that is deleted. */
    private HttpResponse history(Call call) {
        CapBook.Document cap = document(call);
        if (cap.versions().isEmpty()) {
            throw absent();
        }
        ObjectNode answer = CapRoutes.object();
        ArrayNode data = answer.putArray("data");
        for (int i = cap.versions().size() - 1; i >= 0; i--) {
            CapVersion version = cap.versions().get(i);
            data.add(json(common.directory(call), version.getVersion(), version)
                    .put("deleted", version.getDeleted())
                    .put("changed_by", version.getChangedBy()));
        }
        return Answers.ok(answer);
    }

    private HttpResponse put(Call call) {
        CapFields fields = CapFields.of(call.body(), store.now());
        CapVersion made = store.change(() -> {
            String scopeId = common.scopeId(call, fields);
            String id = Caps.id(fields.scope(), scopeId, fields.period());
            call.target(call.orgId(), CapIds.external(id));
            CapBook.Document before = store.document(call.orgId(), Caps.CAP, id);
            requireVersion(call, fields.version(), before.version());
            Optional<CapVersion> newest = before.newest().filter(version -> !version.getDeleted());
            Cap cap = cap(fields, scopeId, newest.map(CapVersion::getCap));
            if (fields.effectiveAt() == null
                    && newest.filter(version -> cap.equals(version.getCap())).isPresent()) {
                return newest.get();
            }
            CapVersion.Builder next = common.after(call, before, Caps.CAP).setCap(cap);
            if (fields.effectiveAt() != null) {
                next.setEffectiveAt(Micros.of(fields.effectiveAt()));
            }
            return store.accept(next.build());
        });
        CapBook.Document cap = store.document(call.orgId(), Caps.CAP, made.getId());
        return Answers.versioned(HttpStatus.OK, made.getVersion(), json(call, cap, made.getVersion(), made));
    }

    /** @param given the version that a change was decided on; null: not said */
    static void requireVersion(Call call, @Nullable Long given, long current) {
        DirectoryRoutes.requireMatch(call, current);
        if (given != null && given != current) {
            throw new Refusal(
                            Refusal.Kind.CONFLICT,
                            "version",
                            "version: " + given + " (expected: " + current
                                    + ", the current version; read it again, and decide again)")
                    .with("current_version", LongNode.valueOf(current));
        }
    }

    /** What is left out stays as it is. */
    static Cap cap(CapFields fields, @Nullable String scopeId, Optional<Cap> before) {
        List<Integer> thresholds = fields.thresholds();
        Boolean enabled = fields.enabled();
        return Cap.newBuilder()
                .setScopeType(fields.scope().scopeName())
                .setScopeId(scopeId)
                .setPeriod(fields.period().periodName())
                .setAmountMicros(fields.amountMicros())
                .setThresholds(
                        thresholds != null
                                ? thresholds
                                : before.map(Cap::getThresholds).orElse(DEFAULT_THRESHOLDS))
                .setEnabled(
                        enabled != null ? enabled : before.map(Cap::getEnabled).orElse(true))
                .setReason(fields.reason())
                .build();
    }

    private HttpResponse delete(Call call) {
        String given = call.parameters().text("reason");
        String reason = given == null ? "" : given;
        if (reason.length() > CapFields.LONGEST_REASON) {
            throw Refusal.invalid("reason", reason, "at most " + CapFields.LONGEST_REASON + " characters");
        }
        store.change(() -> {
            CapBook.Document before = document(call);
            CapVersion newest =
                    before.newest().filter(version -> !version.getDeleted()).orElseThrow(LimitRoutes::absent);
            DirectoryRoutes.requireMatch(call, newest.getVersion());
            return store.accept(common.after(call, before, Caps.CAP)
                    .setCap(Cap.newBuilder(newest.getCap()).setReason(reason).build())
                    .setDeleted(true)
                    .build());
        });
        return Answers.ok(CapRoutes.object().put("id", call.path("id")).put("type", "spend_limit_deleted"));
    }

    /** A version of a cap as it is now, with how far upstream is. */
    private ObjectNode json(Call call, CapBook.Document cap, long number, CapVersion version) {
        ObjectNode json = json(common.directory(call), number, version);
        json.set("upstream", common.upstream(call.orgId(), cap));
        return json;
    }

    /**
     * One version of a cap.
     *
     * @param number of the newest version, which a change is decided on
     */
    private static ObjectNode json(Directory directory, long number, CapVersion version) {
        Cap cap = version.getCap();
        CapScope scope = CapScope.named(cap.getScopeType()).orElseThrow();
        ObjectNode json = CapRoutes.object().put("type", "spend_limit").put("id", CapIds.external(version.getId()));
        json.set("scope", CapRoutes.scope(scope, cap.getScopeId()));
        json.put("scope_name", CapNames.of(directory, scope, cap.getScopeId()))
                .put("amount", CapRoutes.cents(cap.getAmountMicros()))
                .put("amount_micros", cap.getAmountMicros())
                .put("currency", "USD")
                .put("period", cap.getPeriod())
                .put("is_enabled", cap.getEnabled());
        cap.getThresholds().forEach(json.putArray("thresholds")::add);
        return json.put("known", isKnown(directory, scope, cap.getScopeId()))
                .put("reason", cap.getReason())
                .put("effective_at", DirectoryRoutes.time(version.getEffectiveAt()))
                .put("created_at", DirectoryRoutes.time(version.getCreatedAt()))
                .put("updated_at", DirectoryRoutes.time(version.getRecordedAt()))
                .put("version", number);
    }

    /** Whether the directory has whom it is for. Tiers are but names. */
    private static boolean isKnown(Directory directory, CapScope scope, @Nullable String scopeId) {
        return switch (scope) {
            case USER ->
                directory.user(Objects.requireNonNull(scopeId)).isPresent()
                        || directory.userByLabel(scopeId).isPresent();
            case GROUP, GROUP_POOL ->
                directory.group(Objects.requireNonNull(scopeId)).isPresent();
            case SEAT_TIER -> directory.tiers().contains(scopeId);
            case ORGANIZATION, ORGANIZATION_TOTAL -> true;
        };
    }

    private record Effective(String key, CapMembers.Member member, CapPeriod period) {}

    private HttpResponse effective(Call call) {
        List<CapPeriod> periods = new ArrayList<>();
        for (String name : call.parameters().names(PERIOD)) {
            periods.add(CapPeriod.named(name)
                    .orElseThrow(() -> Refusal.invalid(PERIOD, name, "one of " + CapFields.periodNames())));
        }
        boolean all = periods.isEmpty();
        List<CapPeriod> wanted = all ? List.of(CapPeriod.values()) : List.copyOf(periods);
        KeyPage page = KeyPage.of(call);
        long now = store.nowMicros();
        Directory directory = common.directory(call);
        Stream<Effective> rows = members(call, directory, now)
                .flatMap(member -> Stream.of(CapPeriod.values())
                        .filter(wanted::contains)
                        .map(period -> new Effective(key(member, period), member, period)));
        return Answers.ok(store.read(
                call.orgId(),
                caps -> page.answer(rows, Effective::key, row -> effective(call, caps.caps(), row, all, now))));
    }

    /** Members of the directory in the order of their creation; or those that are named. */
    private static Stream<CapMembers.Member> members(Call call, Directory directory, long now) {
        List<String> ids = call.parameters().names(USER_IDS);
        if (ids.isEmpty()) {
            return directory.users().from(0, Integer.MAX_VALUE).stream()
                    .map(user -> CapMembers.of(directory, user, now));
        }
        Map<String, CapMembers.Member> byKey = new LinkedHashMap<>();
        for (String id : ids) {
            if (id.isEmpty()) {
                throw Refusal.invalid(USER_IDS, "empty", "ids of users");
            }
            CapMembers.Member member = CapMembers.of(directory, id, now);
            byKey.put(key(member, CapPeriod.DAILY), member);
        }
        return byKey.entrySet().stream().sorted(Map.Entry.comparingByKey()).map(Map.Entry::getValue);
    }

    /** Those whom the directory does not know come last. */
    private static String key(CapMembers.Member member, CapPeriod period) {
        String place = member.user()
                .map(user -> String.format("%020d|%s", user.createdAt(), user.id()))
                .orElseGet(() -> "~|" + member.name());
        return place + '|' + period.ordinal();
    }

    /**
     * One member's limit for a period.
     *
     * @param all no period was asked for: of those without a limit only the month is shown
     */
    private @Nullable ObjectNode effective(Call call, Caps caps, Effective row, boolean all, long now) {
        CapMembers.Member member = row.member();
        Limit limit =
                member.limit(caps, common.directory(call), row.period(), now).limit();
        return limit == null && all && row.period() != CapPeriod.MONTHLY
                ? null
                : SpendSummary.of(common, call, member, row.period(), limit, now);
    }
}
