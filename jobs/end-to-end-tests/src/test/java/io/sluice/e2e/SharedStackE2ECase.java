package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** What can be tried on one running stack, since a start takes long. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SharedStackE2ECase {
    /** At the same time: each has an organization of its own. */
    private static final int STORIES = 8;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static TracedRecord traced;

    @SuppressWarnings("NullAway.Init")
    private static ReportedCost reported;

    @SuppressWarnings("NullAway.Init")
    private static RunningStack stack;

    @BeforeAll
    static void start() throws Exception {
        traced = new TracedRecord();
        reported = new ReportedCost(folder);
        stack = RunningStack.start(cli -> traced.settings(reported.settings(cli)));
    }

    @AfterAll
    static void stop() throws Exception {
        stack.close();
        reported.close();
        traced.close();
    }

    /** First, so that no other record is traced. */
    @Test
    @Order(1)
    void aRecordIsTracedFromItsReceiptToWhereItIsToldAndTheReportedCostIsReconciled() throws Exception {
        traced.report(stack);
        reported.check(stack);
        traced.check();
    }

    /**
     * Each row of the table of caps through REST and OTLP: as it happens, with the spend sent in reverse, and with all of it
     * sent twice.
     */
    @TestFactory
    @Order(2)
    Stream<DynamicTest> rowsOfTheTableOfCaps() {
        ExecutorService executor = Executors.newFixedThreadPool(STORIES);
        List<DynamicTest> tests = new ArrayList<>();
        int number = 0;
        for (Map.Entry<String, CapTable.Row> row : CapTable.rows().entrySet()) {
            number++;
            for (CapStory.Order order : CapStory.Order.values()) {
                String organization = "row-" + number + "-" + order.ordinal();
                Future<?> told = executor.submit(() -> {
                    row.getValue().tell(new CapStory(stack, stack.organization(organization), order));
                    return true;
                });
                tests.add(DynamicTest.dynamicTest(row.getKey() + ", " + order, () -> told.get(10, TimeUnit.MINUTES)));
            }
        }
        executor.shutdown();
        return tests.stream().onClose(executor::shutdownNow);
    }

    /** And nowhere else where the plan has no compliance. */
    @Test
    @Order(3)
    void whatIsSaidIsIndexedWhereThePlanHasCompliance() throws Exception {
        String word = "glockenspiel";
        stack.organization("small", "team").prompt("small talk", word);
        stack.organization("large", "enterprise").prompt("large talk", "Play the " + word + ", s'il vous plaît");
        List<JsonNode> hits = new ArrayList<>();
        RunningStack.until(() -> "the message is indexed: " + hits, Duration.ofMinutes(2), () -> {
            hits.clear();
            stack.found("sluice-messages-*", "{\"match\": {\"folded\": \"" + word + " plait\"}}")
                    .forEach(hits::add);
            return !hits.isEmpty()
                    && stack.found("sluice-conversations-*", "{\"term\": {\"conversation_id\": \"large talk\"}}")
                                    .size()
                            == 1;
        });
        assertThat(hits).hasSize(1);
        JsonNode message = hits.get(0).path("_source");
        assertThat(message.path("org_id").asText()).isEqualTo("large");
        assertThat(message.path("user").asText()).isEqualTo("dev@example.com");
        assertThat(stack.filesWith(word)).as("logs and checkpoints").isEmpty();
    }
}
