package io.sluice.schema;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The Elasticsearch indices; each has a template of the same name beside this class. Mappings are strict. */
public enum Index {
    /** One document per cell of the hour cube. Totals of every grouping and period are sums over it. */
    SPEND_CELLS("spend-cells"),
    /** One document per report of a billable request. Of the reports of a request one counts: the events behind a number. */
    SPEND_EVENTS("spend-events"),
    LEDGER("ledger"),
    /** One document per row of code metrics. Every figure is a sum over them. */
    CODE_METRICS("code-metrics"),
    /** One document per period and what is counted in it. */
    ACTIVE_USERS("active-users"),
    DEAD_LETTERS("dead-letters"),
    /** One document per alert: its newest status. */
    ALERTS("alerts"),
    /** One document per job: how far it has come. */
    JOB_PROGRESS("job-progress"),
    /** The newest version of each document of the directory, and the claims on unique names. */
    DIRECTORY("directory"),
    /** The newest version of each cap, and of the settings of caps. */
    CAPS("caps"),
    /** One document per row of Anthropic's reports: its newest content. */
    REPORTED("reported"),
    /** One document per day of a report: its newest reading. */
    REPORTED_DAYS("reported-days"),
    /** One document per day that was told where only teams are told of. Written once, and never changed. */
    TEAM_DAYS("team-days"),
    /** One document per entry of an organization's audit. */
    AUDIT("audit"),
    /** One document per organization: the newest entry of its register. */
    COMPLIANCE("compliance"),
    /** One document per erasure: how far it has come, and its receipt. */
    ERASURES("erasures"),
    /** One document per record of Anthropic's activity feed. */
    COMPLIANCE_ACTIVITIES("compliance-activities"),
    /** One document per entry of an organization's directory at Anthropic: its newest state, also when it is gone. */
    COMPLIANCE_DIRECTORY("compliance-directory");

    private final String resource;

    Index(String resource) {
        this.resource = resource;
    }

    public String indexName() {
        return "sluice-" + resource;
    }

    /** Body for {@code PUT _index_template/<indexName>}. */
    public String template() {
        try (InputStream in = Index.class.getResourceAsStream("elasticsearch/" + resource + ".json")) {
            if (in == null) {
                throw new IllegalStateException("elasticsearch/" + resource + ".json: missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
