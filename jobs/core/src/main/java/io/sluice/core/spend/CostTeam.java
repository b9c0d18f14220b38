package io.sluice.core.spend;

import org.jspecify.annotations.Nullable;

/** The team that spend counts for: the directory's, else telemetry's, else {@link Users#UNASSIGNED}. */
public record CostTeam(String name, Source source) {
    public enum Source {
        DIRECTORY("directory"),
        TELEMETRY("telemetry"),
        NONE("none");

        private final String text;

        Source(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /** @param telemetry {@link Users#UNASSIGNED} if it says none */
    public static CostTeam of(@Nullable String directory, String telemetry) {
        if (directory != null) {
            return new CostTeam(directory, Source.DIRECTORY);
        }
        return new CostTeam(telemetry, telemetry.equals(Users.UNASSIGNED) ? Source.NONE : Source.TELEMETRY);
    }
}
