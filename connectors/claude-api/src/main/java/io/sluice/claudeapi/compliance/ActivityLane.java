package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.RowId;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The activity feed: its end every few seconds, and the last day and week once more every so often. */
final class ActivityLane implements Lane {
    static final WalkPlan DAY = WalkPlan.overlapping(Duration.ofDays(1), Duration.ofHours(1));
    static final WalkPlan WEEK = WalkPlan.overlapping(Duration.ofDays(7), Duration.ofDays(1));

    private static final WalkPlan[] PLANS = {
        WalkPlan.overlapping(Duration.ofMinutes(10), Duration.ofSeconds(20)), DAY, WEEK
    };
    private static final String NAME = "activities";
    /** Upstream says that a record can be queried within a minute. */
    private static final long LAG = WalkPlan.micros(Duration.ofMinutes(1));
    /** What is older is not looked at again. */
    private static final long REMEMBERED = WalkPlan.micros(Duration.ofDays(8));
    /** What is older says nothing of what has to be read now. */
    private static final long NEWS = WalkPlan.micros(Duration.ofHours(1));

    private static final int LIMIT = 5000;

    private final ComplianceSplit split;
    private final Consumer<JsonNode> news;
    private int current;

    /** @param news is told of each new activity of now, on the task's thread */
    ActivityLane(ComplianceSplit split, Consumer<JsonNode> news) {
        this.split = split;
        this.news = news;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public long dueAt(long now) {
        long due = NEVER;
        for (Walk walk : split.activities) {
            due = Math.min(due, walk.running ? now : walk.nextAt);
        }
        return due;
    }

    @Override
    public Step next(long now) {
        current = 0;
        while (!split.activities[current].isDue(now)) {
            current++;
        }
        Walk walk = split.activities[current];
        WalkPlan plan = PLANS[current];
        plan.begin(walk, now - LAG);
        return api -> {
            Target target = Target.of(NAME)
                    .with("order", "asc")
                    .time("created_at.gte", walk.from)
                    .time("created_at.lt", walk.to)
                    .with("exclude_activity_types[]", "compliance_api_accessed")
                    .with("limit", LIMIT)
                    .cursor("after_id", walk.cursor);
            return found(walk, plan, CursorPage.of(api.get(target), "data", walk.cursor), now);
        };
    }

    private Found found(Walk walk, WalkPlan plan, CursorPage page, long now) {
        List<Captured> out = new ArrayList<>();
        Map<RowId, Long> fresh = new LinkedHashMap<>();
        List<JsonNode> tell = new ArrayList<>();
        long furthest = 0;
        for (JsonNode row : page.rows()) {
            try {
                long createdAt = Rows.time(row, "created_at");
                furthest = Math.max(furthest, createdAt);
                Captured captured = Activities.captured(split.orgId, row, now);
                RowId id = RowId.of(List.of(captured.key()));
                if (!split.knownActivities.has(id) && fresh.put(id, createdAt) == null) {
                    out.add(captured);
                    if (createdAt >= now - NEWS) {
                        tell.add(row);
                    }
                }
            } catch (Rows.Unusable e) {
                Captured letter = Rows.letter(split.orgId, NAME, row, e, now);
                RowId id = RowId.of(List.of(letter.key()));
                if (!split.knownActivities.has(id) && fresh.put(id, now) == null) {
                    out.add(letter);
                }
            }
        }
        long reached = furthest;
        return new Found(out, () -> {
            fresh.forEach((id, at) -> {
                if (at >= now - REMEMBERED) {
                    Long unused = split.knownActivities.put(id, at);
                }
            });
            tell.forEach(news);
            plan.advance(walk, page, reached, now);
        });
    }

    @Override
    public @Nullable List<Captured> failed(ComplianceException failure, long now) {
        Walk walk = split.activities[current];
        if (failure.kind() == Kind.EXPIRED) {
            PLANS[current].restart(walk, now);
            return List.of();
        }
        return null;
    }
}
