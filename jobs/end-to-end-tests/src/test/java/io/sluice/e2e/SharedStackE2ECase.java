package io.sluice.e2e;

import java.nio.file.Path;
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
}
