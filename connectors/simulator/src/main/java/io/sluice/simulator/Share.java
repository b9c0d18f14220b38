package io.sluice.simulator;

/** How common something is: of all users, of all user-days, …, a number from 0 to 1. */
public enum Share {
    /** Of users: the logs exporter is off, so that cost counters are all there is. */
    COUNTERS_ONLY(0.1),
    /** Of users: the metrics exporter is off. */
    EVENTS_ONLY(0.1),
    /** Of users: counters of cumulative temporality, the others delta. */
    CUMULATIVE(0.3),
    /** Of users: spans are sent too, which a receiver accepts and ignores. */
    TRACES(0),
    /** Of users: no {@code team.id}. */
    UNASSIGNED(0.05),
    /** Of sessions: run in the desktop application, a product of its own. */
    DESKTOP(0.15),
    /** Of the days of a weekend: worked. */
    WEEKENDS(0.15),
    /** Of user-days: the laptop is offline and delivers afterwards, see {@link SimulationOptions#maxLateness}. */
    LATE(0.05),
    /** Of client processes: continue the user's session before. */
    RESUMED(0.25),
    /** Of client processes: start while another one of the user runs. */
    OVERLAPPING(0.1),
    /** Of OTLP requests: sent again, byte for byte. */
    DUPLICATES(0.02),
    /** Of API requests: the API fails; half of them succeed when tried again, half do not. */
    ERRORS(0.04),
    /** Of tool calls: a tool of an MCP server. */
    MCP(0.15),
    /** Of prompts: use a skill. */
    SKILLS(0.15),
    /** Of prompts: start a subagent. */
    SUBAGENTS(0.1);

    private final double byDefault;

    Share(double byDefault) {
        this.byDefault = byDefault;
    }

    public double byDefault() {
        return byDefault;
    }
}
