package io.sluice.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What may depend on what. */
@AnalyzeClasses(packages = "io.sluice", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] CONNECTORS = {
        "io.sluice.otlp..",
        "io.sluice.transcripts..",
        "io.sluice.elasticsearch..",
        "io.sluice.scim..",
        "io.sluice.simulator.."
    };
    private static final String[] JOBS = {"io.sluice.spend.."};

    @ArchTest
    static final ArchRule schemasDependOnNothingOfOurs = noClasses()
            .that()
            .resideInAPackage("io.sluice.schema..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.sluice.core..", "io.sluice.runtime..", "io.sluice.server..", "io.sluice.standalone..");

    @ArchTest
    static final ArchRule rulesArePure = noClasses()
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
            .callMethod(java.time.Instant.class, "now");

    @ArchTest
    static final ArchRule connectorsKnowSchemasOnly = noClasses()
            .that()
            .resideInAnyPackage(CONNECTORS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.sluice.core..",
                    "io.sluice.runtime..",
                    "io.sluice.spend..",
                    "io.sluice.server..",
                    "io.sluice.standalone..");

    @ArchTest
    static final ArchRule nobodyDependsOnAJob = noClasses()
            .that()
            .resideOutsideOfPackages(JOBS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(JOBS);

    @ArchTest
    static final ArchRule serverDoesNotRunFlink = classes()
            .that()
            .resideInAPackage("io.sluice.server..")
            .should()
            .onlyDependOnClassesThat()
            .resideOutsideOfPackage("org.apache.flink..");
}
