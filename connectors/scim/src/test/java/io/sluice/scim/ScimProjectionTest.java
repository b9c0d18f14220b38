package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScimProjectionTest {
    private static final String URN = ScimSchemas.ENTERPRISE_USER;
    private static final ObjectNode USER = Cases.json("{'schemas':['" + ScimSchemas.USER + "','" + URN
            + "'],'id':'1','userName':'a','name':{'givenName':'G','familyName':'F'},"
            + "'emails':[{'value':'x','type':'work'},{'value':'y'}],'password':'never','" + URN
            + "':{'department':'D','manager':{'value':'m'}},'meta':{'resourceType':'User','version':'v'}}");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "userName            | {'userName':'a'}",
                "USERNAME, nonsense  | {'userName':'a'}",
                "nonsense            | {}",
                "name.givenName      | {'name':{'givenName':'G'}}",
                "name.givenName,name.familyName | {'name':{'givenName':'G','familyName':'F'}}",
                "emails.value        | {'emails':[{'value':'x'},{'value':'y'}]}",
                "emails.value,emails.type | {'emails':[{'value':'x','type':'work'},{'value':'y'}]}",
                "meta.version        | {'meta':{'version':'v'}}",
                "password            | {}",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User | "
                        + "{'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':{'department':'D','manager':{'value':'m'}}}",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value | "
                        + "{'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':{'manager':{'value':'m'}}}",
                "urn:ietf:params:scim:schemas:core:2.0:User:userName | {'userName':'a'}",
            })
    void givesWhatIsAskedForAndWhatIsAlwaysThere(String attributes, String expected) {
        ObjectNode whole = Cases.json("{'schemas':['" + ScimSchemas.USER + "','" + URN + "'],'id':'1'}");
        whole.setAll(Cases.json(expected));
        assertThat(ScimProjection.of(ScimResourceType.USER, attributes, null).apply(USER))
                .isEqualTo(whole);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "userName,id,schemas,meta,emails,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User | {'name':{'givenName':'G','familyName':'F'}}",
                "urn:ietf:params:scim:schemas:core:2.0:User,meta,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"
                        + " | {'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':{'department':'D'}}",
                "userName,meta,emails.type,name.givenName,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
                        + " | {'name':{'familyName':'F'},'emails':[{'value':'x'},{'value':'y'}],'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':{'manager':{}}}",
            },
            quoteCharacter = '`')
    void leavesOutWhatIsExcluded(String excluded, String expected) {
        ObjectNode whole = Cases.json("{'schemas':['" + ScimSchemas.USER + "','" + URN + "'],'id':'1'}");
        whole.setAll(Cases.json(expected));
        assertThat(ScimProjection.of(ScimResourceType.USER, null, excluded).apply(USER))
                .isEqualTo(whole);
    }

    @Test
    void neverGivesThePassword() {
        assertThat(ScimProjection.all(ScimResourceType.USER).apply(USER).has("password"))
                .isFalse();
    }

    @Test
    void refusesBoth() {
        Cases.assertRefused(
                Cases.json("{'status':'400','scimType':'invalidValue','detail':'excludedAttributes'}"),
                () -> ScimProjection.of(ScimResourceType.USER, "a", "b"));
    }

    @ParameterizedTest
    @CsvSource({
        ",members,false",
        ",MEMBERS,false",
        ",members.display,true",
        ",displayName,true",
        ",,true",
        "members,,true",
        "members.value,,true",
        "displayName,,false",
        ",urn:ietf:params:scim:schemas:core:2.0:Group,false",
        "urn:ietf:params:scim:schemas:core:2.0:Group,,true"
    })
    void saysWhetherMembersHaveToBeRead(
            @org.jspecify.annotations.Nullable String attributes,
            @org.jspecify.annotations.Nullable String excluded,
            boolean wanted) {
        assertThat(ScimProjection.of(ScimResourceType.GROUP, attributes, excluded)
                        .wants("members"))
                .isEqualTo(wanted);
    }
}
