package io.sluice.core.spend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DimensionsTest {
    /** As sheets and rows of before terminals hold them. */
    private static final byte[] OLD = HexFormat.of()
            .parseHex("0a61636d6524616c696365406578616d706c652e636f6d12706c6174666f726d20636c617564652d6f7075732d342d35"
                    + "18636c617564652d636f64651a61636d652f62696c6c696e67000e726576696577");

    private static Dimensions dimensions(@Nullable String terminal, boolean remote) {
        return new Dimensions(
                "acme",
                "alice@example.com",
                "platform",
                "claude-opus-4-5",
                "claude-code",
                "acme/billing",
                null,
                "review",
                terminal,
                remote);
    }

    @Test
    void stateOfBeforeTerminalsIsReadAndWrittenAsItWas() {
        assertThat(Dimensions.decode(OLD)).isEqualTo(dimensions(null, false));
        assertThat(dimensions(null, false).encode()).isEqualTo(OLD);
    }

    /** The documents of such cells are written again, not beside the ones that there are. */
    @Test
    void cellsWithoutTerminalKeepTheirDocuments() {
        assertThat(dimensions(null, false).cell(495_000, false, 0).documentId()).isEqualTo("B3Wzt6VSZAEzMhOOIK9YkA");
        assertThat(dimensions(null, false).cell(495_000, true, 202_611).documentId())
                .isEqualTo("iNGmPWAle4PsP6nWZWSM2A");
    }

    @Test
    void everyTerminalIsACellOfItsOwnOnTheSameAccount() {
        Set<String> documents = new HashSet<>();
        Set<Id> accounts = new HashSet<>();
        for (boolean remote : new boolean[] {false, true}) {
            for (String terminal : new String[] {null, "", "vscode", "xterm", "\u0001"}) {
                Dimensions dimensions = dimensions(terminal, remote);
                assertThat(Dimensions.decode(dimensions.encode())).isEqualTo(dimensions);
                Cell cell = dimensions.cell(495_000, false, 0);
                documents.add(cell.documentId());
                accounts.add(cell.account());
            }
        }
        assertThat(documents).hasSize(10);
        assertThat(accounts).containsExactly(Dimensions.account("acme", "alice@example.com"));
    }

    @Test
    void anotherUserKeepsTheRest() {
        Dimensions dimensions = dimensions("vscode", true);
        assertThat(dimensions.withUser("bob").withUser(dimensions.user())).isEqualTo(dimensions);
    }
}
