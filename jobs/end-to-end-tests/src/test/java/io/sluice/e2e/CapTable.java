package io.sluice.e2e;

import static io.sluice.e2e.CapStory.EVERYBODY;
import static io.sluice.e2e.CapStory.TOTAL;
import static io.sluice.e2e.CapStory.of;
import static io.sluice.e2e.CapStory.ofGroup;
import static io.sluice.e2e.CapStory.pool;

import java.util.LinkedHashMap;
import java.util.Map;

/** What an edit does to alerts, row by row of the table in docs/caps.md. */
final class CapTable {
    @FunctionalInterface
    interface Row {
        void tell(CapStory story) throws Exception;
    }

    private CapTable() {}

    static Map<String, Row> rows() {
        Map<String, Row> rows = new LinkedHashMap<>();
        rows.put("a jump fires all of them", story -> {
            story.limit(EVERYBODY, 10);
            story.spends("kim", 4.0);
            story.now();
            story.spends("kim", 6.5);
            story.ends(
                    "kim organization 1 50 spend",
                    "kim organization 1 75 spend",
                    "kim organization 1 90 spend",
                    "kim organization 1 100 spend");
        });
        rows.put("exactly the threshold fires", story -> {
            story.limit(EVERYBODY, 10);
            story.spends("kim", 4.999_999);
            story.now();
            story.spendsMicros("kim", 1);
            story.now("kim organization 1 50 spend");
            story.spends("kim", 2.499_999);
            story.ends("kim organization 1 50 spend");
        });
        rows.put("raised, the new amount is spent too", story -> {
            story.limit(EVERYBODY, 10, ", 'thresholds': [50, 100]");
            story.spends("kim", 8.0);
            story.now("kim organization 1 50 spend");
            story.limit(EVERYBODY, 15);
            story.now("kim organization 1 50 spend");
            story.spends("kim", 7.0);
            story.ends("kim organization 1 50 spend", "kim organization 2 100 spend");
        });
        rows.put("raised, the new amount is not spent yet", story -> {
            story.limit(EVERYBODY, 10);
            story.spends("kim", 5.0);
            story.now("kim organization 1 50 spend");
            story.limit(EVERYBODY, 20);
            story.spends("kim", 4.0);
            story.now("kim organization 1 50 spend");
            story.spends("kim", 1.0);
            story.ends("kim organization 1 50 spend", "kim organization 2 50 spend");
        });
        rows.put("lowered", story -> {
            story.limit(EVERYBODY, 20);
            story.spends("kim", 10.2);
            story.now("kim organization 1 50 spend");
            story.limit(EVERYBODY, 12);
            story.now("kim organization 1 50 spend", "kim organization 2 75 cap-edited");
            story.spends("kim", 0.6);
            story.ends(
                    "kim organization 1 50 spend", "kim organization 2 75 cap-edited", "kim organization 2 90 spend");
        });
        rows.put("a threshold added", story -> {
            story.limit(EVERYBODY, 10, ", 'thresholds': [100]");
            story.spends("kim", 6.0);
            story.now();
            story.limit(EVERYBODY, 10, ", 'thresholds': [50, 80, 100]");
            story.now("kim organization 2 50 cap-edited");
            story.spends("kim", 2.0);
            story.ends("kim organization 2 50 cap-edited", "kim organization 2 80 spend");
        });
        rows.put("removed", story -> {
            story.limit(EVERYBODY, 10);
            story.spends("kim", 8.0);
            story.now("kim organization 1 50 spend", "kim organization 1 75 spend");
            story.remove("organization:");
            story.now();
            story.spends("kim", 5.0);
            story.ends();
        });
        rows.put("unlimited", story -> {
            story.limit(of("kim"), 10);
            story.spends("kim", 8.0);
            story.now("kim user 1 50 spend", "kim user 1 75 spend");
            story.limit(of("kim"), "'amount': null");
            story.now();
            story.spends("kim", 5.0);
            story.ends();
        });
        rows.put("disabled and enabled again", story -> {
            story.limit(EVERYBODY, 10);
            story.spends("kim", 6.0);
            story.now("kim organization 1 50 spend");
            story.limit(EVERYBODY, 10, ", 'is_enabled': false");
            story.now("kim organization 1 50 spend");
            story.limit(EVERYBODY, 10, ", 'is_enabled': true");
            story.now("kim organization 1 50 spend");
            story.spends("kim", 2.0);
            story.ends("kim organization 1 50 spend", "kim organization 3 75 spend");
        });
        rows.put("a new period", story -> {
            story.dailySinceLongAgo("kim", 10);
            story.spendsYesterday("kim", 6.0);
            story.spends("kim", 5.0);
            story.ends(
                    "kim user 1 1 spend today",
                    "kim user 1 1 spend late yesterday",
                    "kim user 1 50 spend late yesterday",
                    "kim user 1 50 spend today");
        });
        rows.put("late, of a closed period", story -> {
            story.dailySinceLongAgo("kim", 10);
            story.spends("kim", 5.0);
            story.spendsYesterday("kim", 4.0);
            story.spendsYesterday("kim", 5.0);
            story.ends(
                    "kim user 1 1 spend today",
                    "kim user 1 50 spend today",
                    "kim user 1 1 spend late yesterday",
                    "kim user 1 50 spend late yesterday",
                    "kim user 1 75 spend late yesterday",
                    "kim user 1 90 spend late yesterday");
        });
        rows.put("a correction, and again", story -> {
            story.limit(of("kim"), 10, ", 'thresholds': [50, 100]");
            Client.Usage rough = story.roughly("kim", 10.4);
            story.now("kim user 1 50 spend", "kim user 1 100 spend");
            story.corrects(rough, 4.0);
            story.now();
            story.spends("kim", 6.5);
            story.ends("kim user 1 50 spend #2", "kim user 1 100 spend #2");
        });
        rows.put("to another group", CapTable::move);
        rows.put("pools and the total", story -> {
            String kim = story.user("kim");
            String lee = story.user("lee");
            String legal = story.group("legal", kim, lee);
            story.limit(pool(legal), 10, ", 'thresholds': [50, 100]");
            story.limit(TOTAL, 20, ", 'thresholds': [25, 50]");
            story.spends("kim", 3.0);
            story.now();
            story.spends("lee", 3.0);
            story.now("- rbac_group_pool:legal 1 50 spend", "- organization_total 1 25 spend");
            story.spends("mia", 5.0);
            story.ends(
                    "- rbac_group_pool:legal 1 50 spend",
                    "- organization_total 1 25 spend",
                    "- organization_total 1 50 spend");
        });
        rows.put("the more special limit goes", story -> {
            story.limit(EVERYBODY, 10);
            story.limit(of("kim"), 40);
            story.spends("kim", 8.0);
            story.spends("lee", 5.0);
            story.now("lee organization 1 50 spend");
            story.remove("user:kim@example.com");
            story.ends(
                    "lee organization 1 50 spend",
                    "kim organization 1 50 cap-edited",
                    "kim organization 1 75 cap-edited");
        });
        return rows;
    }

    /** What was spent before stays with the old group's pool. */
    private static void move(CapStory story) throws Exception {
        String kim = story.user("kim");
        String from = story.group("from", kim);
        String to = story.group("to");
        story.limit(ofGroup(from), 10);
        story.limit(ofGroup(to), 8);
        story.limit(pool(from), 6, ", 'thresholds': [100]");
        story.limit(pool(to), 5, ", 'thresholds': [25, 50]");
        story.spends("kim", 6.0);
        story.now("kim rbac_group:from 1 50 spend", "- rbac_group_pool:from 1 100 spend");
        story.join(to, kim); // of both limits the lower one counts
        // Memberships of different groups may be heard in another order: then the alert of the old group comes a second
        // time.
        story.now(
                "kim rbac_group:from 1 50 spend",
                "kim rbac_group:to 1 75 cap-edited",
                "- rbac_group_pool:from 1 100 spend");
        story.leave(from, kim);
        story.now(
                "kim rbac_group:from 1 50 spend",
                "kim rbac_group:to 1 75 cap-edited",
                "- rbac_group_pool:from 1 100 spend");
        story.spends("kim", 1.5);
        story.ends(
                "kim rbac_group:from 1 50 spend",
                "kim rbac_group:to 1 75 cap-edited",
                "kim rbac_group:to 1 90 spend",
                "- rbac_group_pool:from 1 100 spend",
                "- rbac_group_pool:to 1 25 spend");
    }
}
