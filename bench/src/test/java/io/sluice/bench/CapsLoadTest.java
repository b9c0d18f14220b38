package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.caps.CapScope;
import io.sluice.schema.CapVersion;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CapsLoadTest {
    private static final UsageLoad.Options OPTIONS = new UsageLoad.Options(42, 40_000, 100, 0);

    private static CapsLoad load(int edits) {
        CapsLoad load = new CapsLoad(OPTIONS, 5, edits);
        new UsageLoad(OPTIONS, load::count).send((key, value, at) -> {});
        return load;
    }

    private static Set<String> scopes(Collection<CapVersion> versions) {
        return versions.stream().map(each -> each.getCap().getScopeType()).collect(Collectors.toSet());
    }

    @Test
    void everyScopeIsSetAndEdited() {
        CapsLoad load = new CapsLoad(OPTIONS, 5, 100);
        Set<String> all =
                Arrays.stream(CapScope.values()).map(CapScope::scopeName).collect(Collectors.toSet());
        assertThat(scopes(load.caps())).isEqualTo(all);
        assertThat(scopes(load.edits())).isEqualTo(all);
        assertThat(load.edits())
                .hasSize(100)
                .anyMatch(CapVersion::getDeleted)
                .anyMatch(edit -> !edit.getCap().getEnabled());
        assertThat(load.edits())
                .allSatisfy(edit -> assertThat(edit.getVersion()).isGreaterThan(1));
    }

    @Test
    void peopleAndPoolsAndTheTotalCrossSomeThresholdsAndEditsChangeWhich() {
        Set<String> without = load(0).expected();
        Set<String> with = load(40).expected();
        assertThat(without)
                .anyMatch(key -> key.startsWith(UsageLoad.email(0)))
                .anyMatch(key -> key.startsWith(" rbac_group_pool|"))
                .anyMatch(key -> key.startsWith(" organization_total|"));
        Set<String> onlyWith = new HashSet<>(with);
        onlyWith.removeAll(without);
        assertThat(onlyWith).isNotEmpty();
        assertThat(load(40).expected()).isEqualTo(with);
    }

    @Test
    void differencesAreNamed() {
        assertThatThrownBy(() -> CapAlerts.check(Set.of("a", "b"), Set.of("b", "c")))
                .isInstanceOf(IncorrectException.class)
                .hasMessageContaining("missing [c]")
                .hasMessageContaining("not expected [a]");
    }
}
