package io.sluice.server;

import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Caps;
import io.sluice.core.caps.Explanation;
import io.sluice.core.caps.LimitTimeline;
import io.sluice.core.caps.LimitVersion;
import io.sluice.core.directory.AsOf;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Labels;
import io.sluice.schema.DirectoryUser;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whose limits and spend somebody asks for. */
final class CapMembers {
    private CapMembers() {}

    /**
     * A person.
     *
     * @param user empty: nobody in the directory
     * @param labels under which telemetry shows the person, sorted; none for a user who has none
     */
    record Member(Optional<Document<DirectoryUser>> user, List<String> labels) {
        @Nullable
        String userId() {
            return user.map(Document::id).orElse(null);
        }

        /** The e-mail address if there is one, else another label, else the id. */
        String name() {
            return labels.stream()
                    .filter(label -> label.indexOf('@') >= 0)
                    .findFirst()
                    .or(() -> labels.stream().findFirst())
                    .orElseGet(() -> String.valueOf(userId()));
        }

        /** Of the groups whose direct member it is; sorted. */
        List<String> groupIds(Directory directory, long now) {
            String id = userId();
            return id == null ? List.of() : AsOf.groupsOf(directory, id, now);
        }

        /** The limit that is in force. */
        LimitVersion limit(Caps caps, Directory directory, CapPeriod period, long now) {
            return labels.isEmpty()
                    ? LimitTimeline.ofUserAt(caps, directory, String.valueOf(userId()), period, now)
                    : LimitTimeline.ofMemberAt(caps, directory, label(caps, period), period, now);
        }

        /** The same with all that was looked at. */
        Explanation explain(Caps caps, Directory directory, CapPeriod period, long now) {
            return labels.isEmpty()
                    ? LimitTimeline.explainUserAt(caps, directory, String.valueOf(userId()), period, now)
                    : LimitTimeline.explainMemberAt(caps, directory, label(caps, period), period, now);
        }

        /** All of them mean the same user; only a cap by label can be of one of them alone. */
        private String label(Caps caps, CapPeriod period) {
            return labels.stream()
                    .filter(each -> !caps.versions(CapScope.USER, each, period).isEmpty())
                    .findFirst()
                    .orElse(labels.get(0));
        }
    }

    /** @param idOrLabel of a user of the directory; else taken for a label of somebody who is not there yet */
    static Member of(Directory directory, String idOrLabel, long now) {
        return directory.consistently(() -> directory
                .user(idOrLabel)
                .or(() -> AsOf.userOf(directory, idOrLabel, now).flatMap(directory::user))
                .map(user -> of(directory, user, now))
                .orElseGet(() -> new Member(Optional.empty(), List.of(Labels.normalized(idOrLabel)))));
    }

    static Member of(Directory directory, Document<DirectoryUser> user, long now) {
        return directory.consistently(() -> new Member(
                Optional.of(user),
                AsOf.labelsOf(directory, user.id()).stream()
                        .filter(label -> AsOf.userOf(directory, label, now)
                                .filter(user.id()::equals)
                                .isPresent())
                        .sorted()
                        .toList()));
    }
}
