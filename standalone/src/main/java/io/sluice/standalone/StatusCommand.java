package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Exit code 0: everything is up; 1: something is not. */
@Command(
        name = "status",
        description = "Shows processes, memory and health. Exit code 1: something is not up.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    private static final String NO_REPORTS =
            "Reports of Anthropic are not read, so reconciliation has nothing to compare"
                    + " with. To read them, put a key of your organization there (an Admin key, or one with read:analytics) into"
                    + " a file, and start with " + Setting.REPORTED_KEY_FILE.variable() + "=FILE and "
                    + Setting.REPORTED_PLAN.variable() + "=console or enterprise.";

    @Mixin
    private Common common = new Common();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Settings settings = common.settings();
        DataFolder data = new DataFolder(settings.data());
        OptionalLong supervisor = Files.isDirectory(data.root()) ? DataLock.holder(data) : OptionalLong.empty();
        ObjectNode answer = Api.JSON.createObjectNode();
        answer.put("running", supervisor.isPresent());
        answer.put("data", data.root().toString());
        if (supervisor.isPresent()) {
            processes(answer, data, supervisor.getAsLong());
            answer.set("health", new Api(settings).health());
            answer.put("reads_reports", isReading(answer.path("health")));
        }
        boolean up = answer.path("health").path("status").asText().equals("up");
        if (common.json) {
            common.printJson(answer);
        } else if (supervisor.isPresent()) {
            print(answer, settings);
        } else {
            common.print("Sluice is not running on " + data.root() + ". Start it with ./sluice up or ./sluice demo.");
        }
        return up ? 0 : 1;
    }

    private static void processes(ObjectNode answer, DataFolder data, long supervisor) throws IOException {
        ArrayNode rows = answer.putArray("processes");
        long sum = 0;
        List<RunFile> all = new ArrayList<>(RunFile.readAll(data.run()));
        ProcessHandle.of(supervisor).ifPresent(process -> all.add(RunFile.of("supervisor", process, 0)));
        for (RunFile file : all) {
            ObjectNode row = rows.addObject();
            row.put("name", file.name());
            row.put("pid", file.pid());
            row.put("running", file.process().isPresent());
            row.put("started_at", file.startedAt().toString());
            row.put("restarts", file.restarts());
            long kilobytes = file.process()
                    .map(process -> file.name().equals("supervisor")
                            ? residentKilobytes(process)
                            : residentKilobytes(process)
                                    + process.descendants()
                                            .mapToLong(StatusCommand::residentKilobytes)
                                            .sum())
                    .orElse(0L);
            row.put("resident_bytes", kilobytes * 1024);
            row.put("log", data.log(file.name()).toString());
            sum += kilobytes;
        }
        answer.put("resident_bytes", sum * 1024);
    }

    /** 0 where the system does not tell in Linux' way. */
    private static long residentKilobytes(ProcessHandle process) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        } catch (IOException e) {
            return 0;
        }
    }

    private void print(ObjectNode answer, Settings settings) {
        Table table = new Table(
                Table.Column.text("process"),
                Table.Column.number("pid"),
                Table.Column.text("state"),
                Table.Column.number("up for"),
                Table.Column.number("restarts"),
                Table.Column.number("resident MB"));
        for (JsonNode row : answer.path("processes")) {
            table.row(
                    row.path("name").asText(),
                    row.path("pid").asText(),
                    row.path("running").asBoolean() ? "running" : "ended",
                    ago(Instant.parse(row.path("started_at").asText())),
                    row.path("restarts").asText(),
                    Table.count(row.path("resident_bytes").asLong() >> 20));
        }
        table.row(
                "all", "", "", "", "", Table.count(answer.path("resident_bytes").asLong() >> 20));
        common.print(table.render());
        JsonNode health = answer.path("health");
        if (!health.isObject()) {
            common.print("Health: the server does not answer at " + settings.restUrl());
        } else {
            Table components = new Table(Table.Column.text("component"), Table.Column.text("health"));
            for (Map.Entry<String, JsonNode> component :
                    health.path("components").properties()) {
                components.row(
                        component.getKey(),
                        (component.getValue().path("status").asText() + " "
                                        + component.getValue().path("message").asText())
                                .strip());
            }
            common.print(components.render());
            if (!isReading(health)) {
                common.print(NO_REPORTS);
            }
        }
        common.print(UpCommand.placesText(settings));
    }

    /** Whether the job that reads reports is known to Flink, in whatever state. */
    static boolean isReading(JsonNode health) {
        return health.path("components").path("flink").path("jobs").has(Job.REPORTED.jobName());
    }

    private static String ago(Instant start) {
        Duration up = Duration.between(start, Instant.now());
        return up.toHours() > 0
                ? up.toHours() + " h " + up.toMinutesPart() + " min"
                : up.toMinutes() > 0 ? up.toMinutes() + " min" : Math.max(0, up.toSeconds()) + " s";
    }
}
