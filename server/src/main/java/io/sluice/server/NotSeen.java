package io.sluice.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Labels;
import io.sluice.core.directory.Seats;
import io.sluice.schema.DirectoryUser;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * {@code GET /v1/telemetry-health/not-seen}: active people of the directory of whom nothing ever came, in whatever way.
 * Where seats are assigned, only those who have one.
 */
final class NotSeen {
    static final Set<String> PARAMETERS = Set.of(Route.ORGANIZATION, "limit", "page");

    private final ActiveDays activeDays;
    private final Directories directories;

    NotSeen(ActiveDays activeDays, Directories directories) {
        this.activeDays = activeDays;
        this.directories = directories;
    }

    CompletableFuture<ObjectNode> answer(Call call) {
        KeyPage page = KeyPage.ofNames(call);
        // The directory's own order, beside a list of who works there, would tell who is who.
        Function<Document<DirectoryUser>, String> told =
                user -> call.privacy().name(name(user.content())) + '\0' + user.id();
        Directory directory = directories.of(call.orgId());
        return activeDays.everybody(call.orgId()).thenApply(names -> {
            Set<String> seen = new HashSet<>();
            names.forEach(name -> directory.userByLabel(name).map(Document::id).ifPresent(seen::add));
            Map<String, String> tiers = new HashMap<>();
            for (Seats.Tier tier : Seats.of(directory)) {
                tier.assigned().forEach(asking -> tiers.put(asking.userId(), tier.tier()));
            }
            return page.answer(
                    directory.users().after(null, Integer.MAX_VALUE).stream()
                            .filter(user -> user.content().getActive()
                                    && (tiers.isEmpty() || tiers.containsKey(user.id()))
                                    && !seen.contains(user.id()))
                            .sorted(Comparator.comparing(told)),
                    told,
                    user -> JsonNodeFactory.instance
                            .objectNode()
                            .put("user", name(user.content()))
                            .put("tier", tiers.get(user.id())));
        });
    }

    /** As telemetry would most likely name the person. */
    private static String name(DirectoryUser user) {
        List<String> labels = Labels.of(user);
        return labels.stream()
                .filter(label -> label.indexOf('@') >= 0)
                .findFirst()
                .orElseGet(() -> labels.isEmpty() ? user.getUserName() : labels.get(0));
    }
}
