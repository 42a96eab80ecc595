/**
 * Names of companies whose APIs take a key: `cloudsmith: "9dc0…"` has no other sign that it is one.
 * The name decides where to look, the value must look random (`redact-value.ts`).
 */
import { isUuid, looksDrawn } from "./redact-value.ts";
import { wordsIn } from "./redact-words.ts";
import { wordsOf } from "./sensitive-name.ts";

/** As words of names, in small letters without separators. */
const VENDOR_NAMES: ReadonlySet<string> = new Set(
  wordsIn(
    // Artificial intelligence.
    "openai anthropic mistral mistralai cohere huggingface replicate perplexity deepseek groq openrouter",
    "togetherai fireworksai elevenlabs assemblyai deepgram stabilityai runwayml pinecone weaviate qdrant",
    "langsmith langfuse edenai clarifai wandb cerebras voyageai jina tavily serpapi scaleai roboflow",
    // Clouds and hosting.
    "aws azure gcp digitalocean linode vultr hetzner ovh scaleway heroku netlify vercel cloudflare fastly",
    "akamai bunnycdn flyio railway upcloud exoscale equinix ibmcloud oracle alibaba tencent yandex",
    "rackspace dreamhost namecheap godaddy gandi dnsimple porkbun dynu ns1 cloudways pantheon wpengine",
    // Development, packages and delivery.
    "github gitlab bitbucket gitea circleci travis travisci buildkite jenkins teamcity codeship",
    "appveyor bitrise semaphoreci codemagic cloudsmith artifactory jfrog packagecloud rubygems pypi nuget",
    "dockerhub quay snyk sonar sonarqube sonarcloud codecov coveralls codacy codeclimate veracode",
    "checkmarx browserstack saucelabs lambdatest testrail postman stoplight readme gitbook terraform",
    "pulumi hashicorp doppler infisical akeyless launchdarkly splitio flagsmith configcat unleash optimizely",
    "figma zeplin invision crowdin lokalise transifex poeditor expo ionic",
    // Watching, logs and alarms.
    "datadog newrelic sentry rollbar bugsnag honeybadger airbrake raygun splunk sumologic loggly",
    "papertrail logdna logzio logentries logtail betterstack grafana honeycomb lightstep dynatrace",
    "appdynamics instana scalyr pingdom uptimerobot statuspage statuscake updown checkly pagerduty opsgenie",
    "victorops squadcast rootly cronitor healthchecks librato signalfx wavefront elastic elasticcloud",
    // Data.
    "snowflake databricks fivetran airbyte mixpanel amplitude posthog kissmetrics matomo",
    "planetscale supabase neon upstash mongodb faunadb airtable algolia meilisearch typesense confluent",
    "cloudamqp ably pusher pubnub firebase hasura contentful sanity storyblok prismic datocms kontent",
    "tableau looker metabase redash hightouch rudderstack chartio",
    // Money.
    "stripe paypal braintree adyen squareup klarna mollie gocardless razorpay paystack flutterwave",
    "transferwise plaid yodlee tink truelayer dwolla coinbase binance kraken kucoin bitfinex bitmex",
    "coinlib coinapi coingecko coinmarketcap cryptocompare etherscan infura alchemy moralis blockcypher",
    "quicknode finnhub polygonio alphavantage tiingo iexcloud quandl chargebee recurly paddle lemonsqueezy",
    "xero quickbooks freshbooks taxjar avalara fixerio currencylayer exchangerate",
    // Messages.
    "twilio sendgrid mailgun mailchimp mandrill postmark sparkpost sendinblue brevo mailjet mailerlite",
    "convertkit klaviyo activecampaign campaignmonitor constantcontact customerio iterable braze onesignal",
    "airship pushwoosh vonage nexmo plivo messagebird telnyx bandwidth sinch infobip clicksend textmagic",
    "slack discord telegram whatsapp mattermost rocketchat zulip intercom crisp tawk liveagent zoom",
    // Customers, work and shops.
    "salesforce hubspot pipedrive zoho zendesk freshdesk freshservice helpscout gorgias capsulecrm",
    "insightly nutshell keap monday asana trello clickup wrike smartsheet basecamp teamwork todoist",
    "jira atlassian confluence linear notion coda miro lucidchart evernote dropbox docusign",
    "hellosign pandadoc typeform surveymonkey jotform calendly doodle eventbrite meetup zapier ifttt workato",
    "shopify bigcommerce woocommerce magento etsy ebay shippo easypost shipstation aftership sendcloud",
    "printful gumroad patreon workday bamboohr greenhouse gusto rippling personio hibob",
    // Names and logins.
    "okta auth0 onelogin jumpcloud clerk stytch fusionauth descope workos frontegg keycloak",
    "onepassword lastpass dashlane bitwarden yubico",
    // Maps, places, weather, pictures and sound.
    "mapbox googlemaps mapquest tomtom geocodio geoapify locationiq opencage positionstack ipstack ipinfo",
    "ipdata ipgeolocation maxmind openweather openweathermap weatherbit accuweather tomorrowio foursquare",
    "yelp uber lyft amadeus skyscanner flightaware unsplash pexels giphy cloudinary imgix imagekit uploadcare",
    "filestack transloadit vimeo youtube twitch spotify soundcloud lastfm tmdb omdb twitter facebook",
    "instagram linkedin pinterest tiktok reddit tumblr strava fitbit",
    // Safety and search of threats.
    "shodan censys virustotal abuseipdb alienvault greynoise urlscan securitytrails hunterio hunter",
    "clearbit fullcontact zoominfo rapidapi scraperapi zenrows scrapingbee apify diffbot brightdata",
    "wakatime adafruit blynk thingspeak losant ubidots",
  ),
);

/** What may follow such a name where the value is still a key. */
const BEHIND_VENDOR: ReadonlySet<string> = new Set(
  wordsIn("api auth pat access live prod production test sandbox staging dev key creds v1 v2 v3"),
);

/** Behind these names a hexadecimal value is a commit or a digest as often as a key. */
const FORGES: ReadonlySet<string> = new Set(
  wordsIn(
    "github gitlab bitbucket gitea circleci travis travisci buildkite jenkins teamcity quay",
    "dockerhub artifactory jfrog rubygems pypi nuget sentry terraform heroku vercel netlify expo",
  ),
);

export interface Vendor {
  /** Nothing behind its name: `heroku`, not `heroku_api`. */
  isBare: boolean;
  /** Its commits and digests are named after it too. */
  isForge: boolean;
}

/** The vendor whose name alone says that a value is its key: `cloudsmith`, `HEROKU_API`. */
export function vendorOf(name: string): Vendor | null {
  const words = wordsOf(name);
  let end = words.length;
  while (end > 1 && BEHIND_VENDOR.has(words[end - 1] ?? "")) end -= 1;
  const last = words[end - 1] ?? "";
  // `newRelic` is two words.
  const vendor = [last, (words[end - 2] ?? "") + last].find((one) => VENDOR_NAMES.has(one));
  if (vendor === undefined) return null;
  return { isBare: end === words.length, isForge: FORGES.has(vendor) };
}

const HEXADECIMAL = /^(?:0x)?[0-9a-f]+$/i;

/** A value as the keys of vendors are: no id, commit, digest, host or version. */
export function isVendorValue(value: string, { isBare, isForge }: Vendor): boolean {
  if (value.length < 16 || value.length > 256 || /[^\w.+/=~:-]/.test(value)) return false;
  if (isUuid(value)) return !isBare;
  if (HEXADECIMAL.test(value) && isForge) return false;
  return !/^(?:sha\d|md5|https?:|v?\d+\.)|\.[a-z]{2,12}$|\//i.test(value) && looksDrawn(value);
}
