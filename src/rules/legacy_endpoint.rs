//! # legacy-endpoint
//!
//! an API that takes no OAuth
//!
//! ## What it finds
//! A request to an API that takes no OAuth token: `crm/private/…` and `crm/internal/…`, the first API of Creator,
//! `support.zoho.com/api/json/…` and `…/xml/…`, Campaigns before v1.1, Zoho Docs, Invoice before v3, and at any Zoho
//! host what has `private/json`, `private/xml`, `internal/json` or `internal/xml` in its path; but not
//! `recruit.zoho.com/recruit/private/…`, which takes OAuth. It is found with or without a token, since it fails
//! either way.
//!
//! ## Why
//! A Connection alone does not make the call work: path, parameters and answer are different in the API that replaces
//! it. What changes:
//!
//! CRM, `crm/private/json/Leads/getRecords`:
//!
//! ```text
//! answer = invokeurl
//! [
//!     url :"https://www.zohoapis.com/crm/v2/Leads?page=1&per_page=200"
//!     type :GET
//!     connection:"crm_oauth"
//! ];
//! for each lead in answer.get("data") { name = lead.get("Last_Name"); }
//! ```
//!
//! and `crm/private/xml/Leads/insertRecords`:
//!
//! ```text
//! lead = Map();
//! lead.put("Last_Name",name);
//! records = List();
//! records.add(lead);
//! body = Map();
//! body.put("data",records);
//! answer = invokeurl
//! [
//!     url :"https://www.zohoapis.com/crm/v2/Leads"
//!     type :POST
//!     parameters:body.toString()
//!     connection:"crm_oauth"
//! ];
//! id = answer.get("data").get(0).get("details").get("id");
//! ```
//!
//! - Names: modules and fields by their API names, `Last_Name` for the label `Last Name`, `Deals` for `Potentials`.
//! - Body: JSON, a list under `data`, in place of `xmlData`. `updateRecords` is PUT to `/crm/v2/Leads/<id>`,
//!   `deleteRecords` DELETE, `searchRecords` GET `/crm/v2/Leads/search?criteria=…`.
//! - Answer: `data` is the list of records, a map each, in place of `response.result.Leads.row` with its `FL` entries;
//!   `info.more_records` tells whether there is another page. Nothing found is an empty answer (204).
//!
//! Inside of CRM a task needs no request: `zoho.crm.getRecords("Leads")`, `zoho.crm.createRecord("Leads",lead)`.
//!
//! Creator, `record/add` of a form:
//!
//! ```text
//! values = Map();
//! values.put("Name",name);
//! body = Map();
//! body.put("data",values);
//! answer = invokeurl
//! [
//!     url :"https://www.zohoapis.com/creator/v2.1/data/<owner>/<app>/form/<form>"
//!     type :POST
//!     parameters:body.toString()
//!     connection:"creator_oauth"
//! ];
//! id = answer.get("data").get("ID");
//! ```
//!
//! - Views are reports: GET `…/report/<report>` reads, PATCH and DELETE `…/report/<report>/<record id>` change and delete.
//! - Answer: `code` is 3000, `data` the record, or the list of them, in place of a map that is called as the form is.
//!
//! Zoho Support, `requests/getrecords`:
//!
//! ```text
//! headers = Map();
//! headers.put("orgId",organization);
//! answer = invokeurl
//! [
//!     url :"https://desk.zoho.com/api/v1/tickets?departmentId=" + department
//!     type :GET
//!     headers:headers
//!     connection:"desk_oauth"
//! ];
//! for each ticket in answer.get("data") { subject = ticket.get("subject"); }
//! ```
//!
//! - Names: requests are tickets, cases too; portal and department are the header `orgId` and ids.
//! - Answer: `data` is the list, in place of `response.result.Cases.row`.
//!
//! Others:
//!
//! - Campaigns: the same method behind `/api/v1.1/`, with `resfmt=JSON`; `scope=CampaignsAPI` goes.
//! - Invoice: at `www.zohoapis.com`, `/invoice/v3/invoices` with a JSON body and the organization in the header
//!   `X-com-zoho-invoice-organizationid`; the answer is `code`, `message` and `invoice`, or `invoices`.
//! - Zoho Docs: at `www.zohoapis.com`, `/workdrive/api/v1/files/<id>`; the answer is `data` with `id`, `type` and
//!   `attributes`.
//! - Projects: at `projectsapi.zoho.com`, `/restapi/portal/<portal>/…`; the answer is a list, `projects` or `tasks`.
//! - Recruit, `ats/private/…`: the same call behind `recruit/private/…`, or the API v2, `/recruit/v2/Candidates`, which
//!   answers as CRM does.
//! - Sheet: `sheet.zoho.com/api/v2/<id>`, with what to do in the parameter `method`.
//!
//! ## Fix safety
//! The new call is never written for you. The finding names what replaces the old one. Rewrite the call, and check what the
//! function does with the answer.
//!
//! The token stays by default, since the call would still be broken. `--unsafe-fixes` removes it, with the
//! `scope=crmapi` or `scope=creatorapi` beside it, and adds the Connection. This finding stays until the call is
//! rewritten.

use super::declaration::{Declaration, Fixable, Sign, example};
use super::look::{Look, Script};
use super::sink::{FindingSink, NewFinding};
use crate::finding::{Applicability, Rule, Severity};
use crate::migrate::{self, Transaction};
use crate::requests::call::Call;

pub(super) static RULE: Declaration = Declaration {
    place: 90,
    severity: Severity::Warning,
    fixable: Fixable::No,
    comments: true,
    needs: &[&[Sign::Token], &[Sign::Header], &[Sign::Dead], &[Sign::DeadHost, Sign::DeadPath]],
    weakness: None,
    example: example!("Q13-crm-query-in-a-variable.page", "before.deluge"),
    looks: &[Look::Migration(report)],
};

fn report(sink: &mut FindingSink<'_>, script: &Script<'_, '_>, call: &Call, _: &Transaction) {
    let Some(endpoint) = migrate::legacy(call) else { return };
    let range = call.request.url.map_or(call.request.range, |slot| script.inspection.context.tree.range(slot.value));
    let new = NewFinding {
        rule: Rule::LegacyEndpoint,
        applicability: Applicability::Manual,
        range,
        message: "this endpoint does not exist under OAuth; a Connection alone will not make the call work".to_owned(),
        notes: vec![endpoint.replacement.to_owned()],
    };
    sink.add(new, Some(call), None);
}
