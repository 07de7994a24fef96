//! API keys: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform_to_change};
use super::base::planned::{Planned, PlannedApiKey};
use crate::crm::people::api_key::{self, NewKey};
use crate::kernel::id::{ApiKeyId, UserId};
use crate::kernel::op::Changes;
use crate::kernel::scalar::DateTime;

/// The API key to create.
#[derive(InputObject)]
struct CreateApiKeyInput {
    /// The id of the service user whose key it is (`createUser` with `isService`).
    user_id: UserId,
    /// What the key is for: 1 to 100 characters.
    name: String,
    /// The roles of the user that the key has. If it is left out, the key has all roles of the user, also later ones.
    roles: Option<Vec<String>>,
    /// The networks that the key may be used from, like `10.0.0.0/8`: at most 20. If it is empty, any.
    #[graphql(default)]
    networks: Vec<String>,
    /// When the key expires. If it is left out, it does not expire.
    expires_at: Option<DateTime>,
}

/// The result of creating an API key.
#[derive(SimpleObject)]
struct CreateApiKeyPayload {
    /// The key. Nobody can read it again: store it where the machine finds it. Null if the input was refused.
    key: Option<String>,
    /// What can be read of the key later; null if the input was refused.
    api_key: Option<PlannedApiKey>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The API key to revoke.
#[derive(InputObject)]
struct RevokeApiKeyInput {
    /// The id of the key.
    api_key_id: ApiKeyId,
}

/// The result of revoking an API key.
#[derive(SimpleObject)]
struct RevokeApiKeyPayload {
    /// The key as it is now.
    api_key: Option<PlannedApiKey>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about API keys.
#[derive(Default)]
pub struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    /// Creates an API key of a service user. A machine sends it as `Authorization: Bearer …`, or as the password of basic
    /// authentication with any user name. Only a user with the same permissions may create a key of a user who may write
    /// roles or permissions (`FORBIDDEN`).
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The API key to create.")] input: CreateApiKeyInput,
    ) -> Resolved<CreateApiKeyPayload> {
        let new = NewKey {
            user: input.user_id,
            name: input.name,
            roles: input.roles,
            networks: input.networks,
            expires_at: input.expires_at.map(|end| end.0),
        };
        let create = async |op: &mut crate::kernel::op::Op<'_>| api_key::create(op, new).await;
        let (created, user_errors) = perform_to_change(Changes::Directory, ctx, create).await?;
        let (id, key) = created.unzip();
        Ok(CreateApiKeyPayload { key, api_key: id.map(Planned), user_errors })
    }

    /// Revokes an API key. Every server refuses it within a second, and ends its streams.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The API key to revoke.")] input: RevokeApiKeyInput,
    ) -> Resolved<RevokeApiKeyPayload> {
        let id = input.api_key_id;
        let (_, user_errors) =
            perform_to_change(Changes::Directory, ctx, async |op| api_key::revoke(op, id).await).await?;
        Ok(RevokeApiKeyPayload { api_key: Some(Planned(id)), user_errors })
    }
}
