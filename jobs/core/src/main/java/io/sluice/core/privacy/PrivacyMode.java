package io.sluice.core.privacy;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What analytics of an organization tell about persons. */
public enum PrivacyMode {
    /** Who they are. */
    NAMED,
    /** That they are one and the same, within a month; not who they are. */
    PSEUDONYMOUS,
    /** Nothing: only what teams of a minimum size do on a day. */
    TEAM_ONLY;

    /** In documents and answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Empty: none of these. */
    public static Optional<PrivacyMode> of(String text) {
        return Arrays.stream(values()).filter(mode -> mode.text().equals(text)).findFirst();
    }
}
