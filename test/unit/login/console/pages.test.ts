import { expect, test } from 'vitest';
import { consolePage, pageNames, userPage } from '../../../../src/login/console/pages.ts';

/** The addresses that Twilio's documentation gives. */
const documented = [
  'https://1console.twilio.com/organization/settings/oauth/apps',
  'https://1console.twilio.com/organization/settings/users/managed-users',
  'https://admin.twilio.com/applications/oauth',
  'https://admin.twilio.com/applications/authorized-apps',
  'https://admin.twilio.com/managed-users',
  'https://admin.twilio.com/access-control/role-assignments',
];

test.each(['present', 'legacy'] as const)(
  'pages of the %s Console have only documented addresses',
  (version) => {
    for (const name of pageNames) {
      const { url, way } =
        name === 'user' ? userPage('ada@example.com', version) : consolePage(name, version);
      expect(documented).toContain(url);
      expect(way).toMatch(version === 'legacy' ? /legacy Console/ : /^Log in to the Twilio Console/);
    }
  },
);

test('the page of a user is the list of users, with the words to search for', () => {
  expect(userPage('ada@example.com')).toMatchObject({
    url: consolePage('users').url,
    next: 'Search for ada@example.com',
  });
});

test('authorised apps are a tab of one Console, and a page of the other', () => {
  expect(consolePage('authorized-apps')).toMatchObject({
    url: consolePage('app').url,
    next: 'Go to the tab AUTHORIZED APPLICATIONS',
  });
  expect(consolePage('authorized-apps', 'legacy').url).not.toBe(consolePage('app', 'legacy').url);
});
