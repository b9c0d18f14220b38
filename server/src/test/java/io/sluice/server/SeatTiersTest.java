package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Source;
import io.sluice.core.directory.Tip;
import io.sluice.schema.DirectoryUser;
import io.sluice.scim.ScimSchemas;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeatTiersTest {
    private static ObjectNode resource(@Nullable String tier) {
        ObjectNode resource = JsonNodeFactory.instance.objectNode().put("userName", "kim@example.com");
        if (tier != null) {
            resource.putObject(ScimSchemas.CLAUDE_USER).put("seatTier", tier);
        }
        return resource;
    }

    private static Document<DirectoryUser> document(boolean scims, @Nullable String said, @Nullable String tier) {
        DirectoryUser user = DirectoryUser.newBuilder(ScimUsers.user(resource(said)))
                .setSeatTier(tier)
                .build();
        Tip tip = new Tip(1, 0, 0, false, scims ? Source.SCIM : Source.ADMIN, scims);
        return new Document<>("u1", tip, scims ? Source.SCIM : Source.ADMIN, "", user);
    }

    /** Said before and after by the identity provider, asked for before and after. */
    @ParameterizedTest
    @CsvSource({
        "        ,         ,         ,         ",
        "        ,         , premium , premium ",
        "        , standard, premium , standard",
        "standard,         , standard,         ",
        "standard, standard, standard, standard",
        "standard, premium , standard, premium "
    })
    void whatPeopleSaidStaysUntilTheIdentityProviderSaysSomething(
            @Nullable String saidBefore, @Nullable String saidAfter, @Nullable String before, @Nullable String after) {
        assertThat(SeatTiers.kept(
                                document(true, saidBefore, before).content(),
                                saidBefore != null,
                                ScimUsers.user(resource(saidAfter)))
                        .getSeatTier())
                .isEqualTo(after);
    }

    @ParameterizedTest
    @CsvSource({"true, standard, true", "true, , false", "false, standard, false", "false, , false"})
    void theIdentityProviderSaysIfItsResourceDoes(boolean scims, @Nullable String said, boolean providers) {
        assertThat(SeatTiers.isProviders(document(scims, said, "standard"))).isEqualTo(providers);
    }

    /** So that a later change of such a user by hand keeps it, and no identity provider is told what it did not say. */
    @ParameterizedTest
    @CsvSource({
        "true, , premium, ",
        "true, , , ",
        "false, , premium, premium",
        "false, standard, premium, premium",
        "false, standard, , "
    })
    void onlyTheResourceOfAUserMadeByHandSaysWhatPeopleSay(
            boolean scims, @Nullable String said, @Nullable String tier, @Nullable String saidAfter) {
        DirectoryUser changed = SeatTiers.with(document(scims, said, said), tier);
        assertThat(changed.getSeatTier()).isEqualTo(tier);
        ObjectNode resource = ScimUsers.resource(changed);
        assertThat(Optional.ofNullable(SeatTiers.said(resource))).isEqualTo(Optional.ofNullable(saidAfter));
        assertThat(SeatTiers.without(resource)).isEqualTo(resource(null));
    }
}
