package io.sluice.core.directory;

import io.sluice.schema.DirectoryUser;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Names under which telemetry may show a person: e-mails, account id, account uuid. */
public final class Labels {
    private Labels() {}

    /** The labels that a user has by this version, in order, none twice. */
    public static List<String> of(DirectoryUser user) {
        List<String> labels = new ArrayList<>();
        for (String email : user.getEmails()) {
            add(labels, email);
        }
        if (user.getAccountId() != null) {
            add(labels, user.getAccountId());
        }
        if (user.getAccountUuid() != null) {
            add(labels, user.getAccountUuid());
        }
        labels.sort(null);
        return List.copyOf(labels);
    }

    private static void add(List<String> labels, String name) {
        String label = normalized(name);
        if (!label.isEmpty() && !labels.contains(label)) {
            labels.add(label);
        }
    }

    /** As labels are compared: e-mails without regard to case, ids as they are. */
    public static String normalized(String label) {
        return label.indexOf('@') >= 0 ? lowerCase(label) : label;
    }

    /** As names are compared that are unique without regard to case. */
    public static String lowerCase(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
