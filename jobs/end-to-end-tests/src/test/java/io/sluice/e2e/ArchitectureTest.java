package io.sluice.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What may depend on what. A rule that no class is checked by fails. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.sluice");

    private static final String[] CONNECTORS = {
        "io.sluice.otlp..",
        "io.sluice.transcripts..",
        "io.sluice.elasticsearch..",
        "io.sluice.scim..",
        "io.sluice.claudeapi..",
        "io.sluice.simulator..",
        "io.sluice.format..",
        "io.sluice.tracing.."
    };
    private static final String[] JOBS = {
        "io.sluice.spend..", "io.sluice.codemetrics..", "io.sluice.compliance..", "io.sluice.reported.."
    };

    @Test
    void schemasDependOnNothingOfOurs() {
        noClasses()
                .that()
                .resideInAPackage("io.sluice.schema..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.sluice.core..", "io.sluice.runtime..", "io.sluice.server..", "io.sluice.standalone..")
                .check(CLASSES);
    }

    @Test
    void rulesArePure() {
        noClasses()
                .that()
                .resideInAPackage("io.sluice.core..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.apache.flink..",
                        "org.apache.kafka..",
                        "co.elastic..",
                        "java.net.http..",
                        "com.linecorp..",
                        "io.sluice.runtime..",
                        "io.sluice.server..")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .check(CLASSES);
    }

    @Test
    void connectorsKnowSchemasOnly() {
        noClasses()
                .that()
                .resideInAnyPackage(CONNECTORS)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.sluice.core..",
                        "io.sluice.runtime..",
                        "io.sluice.spend..",
                        "io.sluice.codemetrics..",
                        "io.sluice.compliance..",
                        "io.sluice.sql..",
                        "io.sluice.reported..",
                        "io.sluice.server..",
                        "io.sluice.standalone..")
                .check(CLASSES);
    }

    @Test
    void sqlKnowsSchemasAndConnectorsOnly() {
        noClasses()
                .that()
                .resideInAPackage("io.sluice.sql..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.sluice.core..",
                        "io.sluice.runtime..",
                        "io.sluice.spend..",
                        "io.sluice.server..",
                        "io.sluice.standalone..")
                .check(CLASSES);
    }

    /** The other commands have not the class path that SQL needs. */
    @Test
    void oneClassOfTheCommandLineKnowsSql() {
        noClasses()
                .that()
                .resideInAPackage("io.sluice.standalone..")
                .and()
                .doNotHaveSimpleName("SqlRun")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.sluice.sql..")
                .check(CLASSES);
    }

    @Test
    void nobodyDependsOnAJob() {
        noClasses()
                .that()
                .resideOutsideOfPackages(JOBS)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(JOBS)
                .check(CLASSES);
    }

    @Test
    void noJobDependsOnAnother() {
        for (String job : JOBS) {
            noClasses()
                    .that()
                    .resideInAPackage(job)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(Arrays.stream(JOBS)
                            .filter(other -> !other.equals(job))
                            .toArray(String[]::new))
                    .check(CLASSES);
        }
    }

    @Test
    void serverDoesNotRunFlink() {
        classes()
                .that()
                .resideInAPackage("io.sluice.server..")
                .should()
                .onlyDependOnClassesThat()
                .resideOutsideOfPackage("org.apache.flink..")
                .check(CLASSES);
    }
}
